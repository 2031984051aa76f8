import { type ApiObject, type ApiResource, customResource } from "./apiResource.ts";
import type { FieldProblem } from "./apiStatus.ts";

const MAX_WEIGHT = 1_000_000;

/** The routes of Gateway API and Linkerd's HTTPRoute. Of their schemas only the rules about weights are checked. */
export const GATEWAY_ROUTES: readonly ApiResource[] = [
  gatewayRoute("gateway.networking.k8s.io", ["v1", "v1beta1"], "httproutes", "HTTPRoute"),
  gatewayRoute("gateway.networking.k8s.io", ["v1", "v1alpha2"], "grpcroutes", "GRPCRoute"),
  gatewayRoute("policy.linkerd.io", ["v1beta3", "v1beta2"], "httproutes", "HTTPRoute"),
];

function gatewayRoute(group: string, versions: readonly string[], plural: string, kind: string): ApiResource {
  return customResource({ group, versions, plural, kind, validate: validateWeights });
}

function validateWeights(object: ApiObject): FieldProblem[] {
  const { rules } = (object.spec ?? {}) as { rules?: readonly { backendRefs?: readonly { weight?: unknown }[] }[] };
  return (rules ?? []).flatMap((rule, i) =>
    (rule.backendRefs ?? []).flatMap(({ weight }, j) => weightProblems(weight, `spec.rules[${i}].backendRefs[${j}].weight`)),
  );
}

function weightProblems(weight: unknown, field: string): FieldProblem[] {
  if (weight === undefined) return [];
  if (typeof weight !== "number" || !Number.isInteger(weight)) {
    const type = typeof weight;
    return [
      { field, reason: "FieldValueTypeInvalid", message: `Invalid value: "${type}": ${field} in body must be of type integer: "${type}"` },
    ];
  }
  if (weight < 0) return [tooFar(field, weight, "greater than or equal to 0")];
  return weight > MAX_WEIGHT ? [tooFar(field, weight, `less than or equal to ${MAX_WEIGHT}`)] : [];
}

function tooFar(field: string, weight: number, limit: string): FieldProblem {
  return { field, reason: "FieldValueInvalid", message: `Invalid value: ${weight}: ${field} in body should be ${limit}` };
}

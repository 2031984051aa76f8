import type { Weighted } from "./pickBackend.ts";
import { policyFamilies } from "./policyFamilies.ts";
import type { RouteContent, RouteKind } from "./routeKind.ts";

const CONTROLLER = "linkerd.io/policy-controller";
/** The path of every request in the demo. */
const PATH = "/";

/**
 * A realistic HTTPRoute: one path goes to a single Service, all others are split. The clients of the demo apply matches but
 * no filters, because the pods ignore headers.
 */
export const HTTP_ROUTE: RouteKind = {
  kind: "HTTPRoute",
  collection: (namespace) => `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes`,
  write: ({ route, primary, standby }, namespace, labels) => ({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: route, namespace, labels },
    spec: {
      parentRefs: [{ group: "core", kind: "Service", name: route, port: 80 }],
      rules: [
        { matches: [{ path: { type: "PathPrefix", value: "/admin" } }], backendRefs: [{ kind: "Service", name: primary, port: 80 }] },
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          filters: [{ type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-shop", value: route }] } }],
          backendRefs: [
            { kind: "Service", name: primary, port: 80, weight: 100 },
            { kind: "Service", name: standby, port: 80, weight: 0 },
          ],
        },
      ],
    },
    status: accepted(route, namespace),
  }),
  weights: readWeights,
  families: policyFamilies,
};

/** The status that Linkerd writes to an accepted route. */
function accepted(service: string, namespace: string): object {
  const condition = (type: string): object => ({
    type,
    status: "True",
    reason: type,
    message: "",
    lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
  });
  const parentRef = { group: "core", kind: "Service", name: service, namespace, port: 80 };
  return { parents: [{ controllerName: CONTROLLER, parentRef, conditions: [condition("Accepted"), condition("ResolvedRefs")] }] };
}

interface Spec {
  readonly rules: readonly {
    readonly matches?: readonly { readonly path: { readonly type: string; readonly value: string } }[];
    readonly backendRefs: readonly { readonly name: string; readonly weight?: number }[];
  }[];
}

interface Status {
  readonly parents?: readonly {
    readonly controllerName: string;
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  }[];
}

function readWeights({ spec, status }: RouteContent): readonly Weighted[] {
  if (!isAccepted(status as Status | undefined)) return [];
  const rule = (spec as Spec).rules.find(({ matches }) => matches === undefined || matches.some(({ path }) => fits(path)));
  return (rule?.backendRefs ?? []).map(({ name, weight = 1 }) => ({ service: name, weight }));
}

/** Whether Linkerd has accepted the route; its proxies only get accepted ones. */
function isAccepted(status: Status | undefined): boolean {
  const said = (status?.parents ?? []).filter(({ controllerName }) => controllerName === CONTROLLER);
  return said.some(({ conditions }) => conditions.some(({ type, status: is }) => type === "Accepted" && is === "True"));
}

function fits({ type, value }: { readonly type: string; readonly value: string }): boolean {
  return type === "PathPrefix" ? PATH.startsWith(value) : PATH === value;
}

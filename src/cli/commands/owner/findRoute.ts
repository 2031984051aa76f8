import type { KubeApi, KubeObject } from "../../../kube/kubeApi.ts";
import { resourcePath } from "../../../kube/resourcePath.ts";
import { type Route, routeKey } from "../../../routes/route.ts";
import { type Answer, usageError } from "../../output/answer.ts";
import { failureAnswer } from "../../output/failureAnswer.ts";
import { servedVersion } from "../../wiring/servedVersion.ts";
import type { RouteArgument } from "./routeArgument.ts";

/** A route as read from the cluster. */
export interface FoundRoute {
  readonly object: KubeObject;
  readonly route: Route;
}

/** Reads a route, or answers why it cannot be read. */
export async function findRoute(
  kube: KubeApi,
  { codec, name }: RouteArgument,
  namespace: string,
): Promise<FoundRoute | { readonly answer: Answer }> {
  const key = routeKey({ kind: codec.kind, namespace, name });
  const version = await servedVersion(kube, codec);
  if (!version.ok) return { answer: failureAnswer(`cannot find ${key}`, version) };
  const { group, plural } = codec.resource;
  if (version.value === null)
    return { answer: usageError(`${key}: this cluster has no ${plural}.${group}`, "`check` lists the kinds that it has") };
  const found = await kube.get(resourcePath({ group, version: version.value, plural, namespace, name }));
  if (found.ok) return { object: found.value, route: codec.read(found.value) };
  if (found.status === 404) return { answer: usageError(`${key} does not exist`, "set its namespace with -n, the cluster with --context") };
  return { answer: failureAnswer(`cannot read ${key}`, found) };
}

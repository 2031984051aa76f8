import type { KubeApi, KubeObject } from "../../../kube/kubeApi.ts";
import { resourcePath } from "../../../kube/resourcePath.ts";
import { type Route, routeKey } from "../../../routes/route.ts";
import { type Answer, refusal } from "../../output/answer.ts";
import { failureAnswer } from "../../output/failureAnswer.ts";
import { servedVersion } from "../../wiring/servedVersion.ts";
import type { RouteArgument } from "./routeArgument.ts";

/** A route as it is in the cluster now. */
export interface FoundRoute {
  readonly object: KubeObject;
  readonly route: Route;
}

/** Looks the route up, or says why that cannot be done. */
export async function findRoute(
  kube: KubeApi,
  { codec, name }: RouteArgument,
  namespace: string,
): Promise<FoundRoute | { readonly answer: Answer }> {
  const key = routeKey({ kind: codec.kind, namespace, name });
  const version = await servedVersion(kube, codec);
  if (!version.ok) return { answer: failureAnswer(`cannot look for ${key}`, version) };
  const { group, plural } = codec.resource;
  if (version.value === null)
    return { answer: refusal(`${key}: this cluster has no ${plural}.${group}`, "`check` tells which kinds it has") };
  const found = await kube.get(resourcePath({ group, version: version.value, plural, namespace, name }));
  if (found.ok) return { object: found.value, route: codec.read(found.value) };
  if (found.status === 404) return { answer: refusal(`${key} is not there`, "-n names its namespace, --context the cluster") };
  return { answer: failureAnswer(`cannot read ${key}`, found) };
}

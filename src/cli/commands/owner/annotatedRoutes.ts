import type { KubeApi } from "../../../kube/kubeApi.ts";
import { CODECS } from "../../../routes/codecs.ts";
import type { Route, RouteCodec } from "../../../routes/route.ts";
import { failureText, isAway } from "../../output/failureAnswer.ts";
import { listRoutes } from "../../wiring/listRoutes.ts";

/** A route, and how its kind is spelled. */
export interface CodedRoute {
  readonly codec: RouteCodec;
  readonly route: Route;
}

export interface AnnotatedRoutes {
  readonly routes: readonly CodedRoute[];
  /** Kinds that could not be listed, and why. */
  readonly troubles: readonly string[];
  /** There was no answer at all. */
  readonly away: boolean;
}

/** The routes of all kinds that have our annotation, whatever their labels say now. No namespaces: all. */
export async function annotatedRoutes(kube: KubeApi, namespaces: readonly string[]): Promise<AnnotatedRoutes> {
  const routes: CodedRoute[] = [];
  const troubles: string[] = [];
  let away = false;
  for (const codec of CODECS) {
    const { group, plural } = codec.resource;
    const { found, trouble } = await listRoutes(kube, codec, namespaces);
    if (trouble !== null) {
      troubles.push(`cannot list ${plural}.${group}: ${failureText(trouble)}`);
      away ||= isAway(trouble);
    }
    for (const { route } of found) if (route.memoryText !== null) routes.push({ codec, route });
  }
  return { routes, troubles, away };
}

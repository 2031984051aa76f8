import type { KubeApi } from "../../../kube/kubeApi.ts";
import { CODECS } from "../../../routes/codecs.ts";
import type { Route, RouteCodec } from "../../../routes/route.ts";
import type { Remark } from "../../output/answer.ts";
import { failureRemark, gotNoAnswer } from "../../output/failureAnswer.ts";
import { listRoutes } from "../../wiring/listRoutes.ts";

/** A route with the codec of its kind. */
export interface CodedRoute {
  readonly codec: RouteCodec;
  readonly route: Route;
}

export interface AnnotatedRoutes {
  readonly routes: readonly CodedRoute[];
  /** Kinds that could not be listed, and why. */
  readonly troubles: readonly Remark[];
  /** Whether the API server did not answer at all. */
  readonly noAnswer: boolean;
}

/** The routes of all kinds that have our annotation, whatever their labels. No namespaces: those of all namespaces. */
export async function annotatedRoutes(kube: KubeApi, namespaces: readonly string[]): Promise<AnnotatedRoutes> {
  const routes: CodedRoute[] = [];
  const troubles: Remark[] = [];
  let noAnswer = false;
  for (const codec of CODECS) {
    const { group, plural } = codec.resource;
    const { found, trouble } = await listRoutes(kube, codec, namespaces);
    if (trouble !== null) {
      troubles.push(failureRemark(`cannot list ${plural}.${group}`, trouble));
      noAnswer ||= gotNoAnswer(trouble);
    }
    for (const { route } of found) if (route.memoryText !== null) routes.push({ codec, route });
  }
  return { routes, troubles, noAnswer };
}

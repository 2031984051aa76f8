import type { KubeApi } from "../../kube/kubeApi.ts";
import { CODECS } from "../../routes/codecs.ts";
import type { Route, RouteCodec } from "../../routes/route.ts";
import { failureText, isAway } from "../failureAnswer.ts";
import { listAll } from "../listAll.ts";
import { servedVersion } from "../servedVersion.ts";

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
    const served = await servedVersion(kube, codec);
    const version = served.ok ? served.value : null;
    const listed = served.ok && version !== null ? await listAll(kube, { group, version, plural }, namespaces) : null;
    const failure = !served.ok ? served : listed?.ok === false ? listed : null;
    if (failure !== null) {
      troubles.push(`cannot list ${plural}.${group}: ${failureText(failure)}`);
      away ||= isAway(failure);
    }
    for (const object of listed?.ok === true ? listed.value : []) {
      // The items of a list do not say what they are.
      const route = codec.read({ apiVersion: `${group}/${version}`, ...object });
      if (route.memoryText !== null) routes.push({ codec, route });
    }
  }
  return { routes, troubles, away };
}

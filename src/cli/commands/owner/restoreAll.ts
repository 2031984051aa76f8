import type { KubeApi } from "../../../kube/kubeApi.ts";
import { routeKey } from "../../../routes/route.ts";
import type { Answer, Remark } from "../../output/answer.ts";
import { EXIT } from "../../output/exit.ts";
import { unreachable } from "../../output/failureAnswer.ts";
import { type AnnotatedRoutes, annotatedRoutes } from "./annotatedRoutes.ts";
import { controllerLives } from "./controllerLives.ts";
import { findRoute } from "./findRoute.ts";
import { type Patience, SOME_PATIENCE } from "./patience.ts";
import { restoreRoute } from "./restoreRoute.ts";
import type { RouteArgument } from "./routeArgument.ts";
import { scaleDown } from "./scaleDown.ts";

export interface RestoreScope {
  readonly kube: KubeApi;
  /** Undefined: every route that has our annotation. */
  readonly argument: RouteArgument | undefined;
  /** None: all. */
  readonly namespaces: readonly string[];
  readonly controllerNamespace: string;
  /** The controller's Deployment, where it is to be stopped first. */
  readonly deployment?: string | undefined;
  readonly dryRun: boolean;
  /** Says a line about a route as soon as it is done. */
  readonly tell: (line: string) => void;
  readonly patience?: Patience;
}

const AGAIN = "run it again: what is done stays done";

/** Restores one route after the other. A route that fails does not keep the others from it; a server that is gone does. */
export async function restoreAll(scope: RestoreScope): Promise<Answer> {
  const { kube, dryRun, tell, patience = SOME_PATIENCE } = scope;
  if (scope.deployment !== undefined) {
    const refused = await scaleDown(kube, scope.controllerNamespace, scope.deployment, patience.wait);
    if (refused !== null) return refused;
  }
  const found = await routesOf(scope);
  if ("exit" in found) return found;
  const remarks: Remark[] = found.troubles.map((message) => ({ message }));
  if (found.away) return unreachable(remarks);
  if (found.routes.length === 0 && remarks.length === 0) tell("nothing to restore");
  // A dry run puts nothing back that anybody could shift again.
  const holder =
    !dryRun && found.routes.some(({ route }) => !route.frozen)
      ? await controllerLives(kube, scope.controllerNamespace, patience.wait)
      : null;
  let failed = 0;
  for (const coded of found.routes) {
    const key = routeKey(coded.route);
    if (holder !== null && !coded.route.frozen) {
      failed += 1;
      tell(`${key} left as it is: a controller is running, which would shift it again`);
      continue;
    }
    const { outcome, text } = await restoreRoute(kube, coded, dryRun, patience);
    tell(`${key} ${text}`);
    if (outcome === "away")
      return { exit: EXIT.unreachable, remarks: [{ message: "the API server does not answer any more", hint: AGAIN }] };
    if (outcome === "failed") failed += 1;
  }
  if (failed > 0)
    remarks.push({
      message: `${failed} of ${found.routes.length} routes not restored`,
      hint: holder === null ? AGAIN : stopHint(holder, scope),
    });
  return { exit: remarks.length > 0 ? EXIT.no : EXIT.fine, remarks };
}

async function routesOf({ kube, argument, namespaces }: RestoreScope): Promise<AnnotatedRoutes | Answer> {
  if (argument === undefined) return annotatedRoutes(kube, namespaces);
  const found = await findRoute(kube, argument, namespaces[0] ?? "default");
  if ("answer" in found) return found.answer;
  const routes = found.route.memoryText === null ? [] : [{ codec: argument.codec, route: found.route }];
  return { routes, troubles: [], away: false };
}

function stopHint(holder: string, { controllerNamespace }: RestoreScope): string {
  return `${holder} leads in ${controllerNamespace}: scale the controller down first, or freeze the routes`;
}

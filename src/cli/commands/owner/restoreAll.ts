import type { KubeApi } from "../../../kube/kubeApi.ts";
import { routeKey } from "../../../routes/route.ts";
import type { Answer, Remark } from "../../output/answer.ts";
import { EXIT } from "../../output/exit.ts";
import { unreachable } from "../../output/failureAnswer.ts";
import { activeLeader } from "./activeLeader.ts";
import { type AnnotatedRoutes, annotatedRoutes } from "./annotatedRoutes.ts";
import { findRoute } from "./findRoute.ts";
import { restoreRoute } from "./restoreRoute.ts";
import { DEFAULT_RETRIES, type Retries } from "./retries.ts";
import type { RouteArgument } from "./routeArgument.ts";
import { scaleDown } from "./scaleDown.ts";

export interface RestoreScope {
  readonly kube: KubeApi;
  /** Undefined: every route that has our annotation. */
  readonly argument: RouteArgument | undefined;
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[];
  readonly controllerNamespace: string;
  /** The controller's Deployment, if it is to be scaled down first. */
  readonly deployment?: string | undefined;
  readonly dryRun: boolean;
  /** Prints the result of a route as soon as it is known. */
  readonly print: (line: string) => void;
  readonly retries?: Retries;
  /** Aborted when no further route may begin. */
  readonly timeLimit?: AbortSignal | undefined;
}

const RUN_AGAIN = "run it again: routes that are restored stay restored";

/** Restores one route after the other. It goes on after a route that fails, and stops if the API server does not answer. */
export async function restoreAll(scope: RestoreScope): Promise<Answer> {
  const { kube, dryRun, print, retries = DEFAULT_RETRIES } = scope;
  if (scope.deployment !== undefined) {
    const refused = await scaleDown(kube, scope.controllerNamespace, scope.deployment, retries.wait);
    if (refused !== null) return refused;
  }
  const found = await routesOf(scope);
  if ("exit" in found) return found;
  const remarks: Remark[] = [...found.troubles];
  if (found.noAnswer) return unreachable(remarks);
  if (found.routes.length === 0 && remarks.length === 0) print("nothing to restore");
  // A dry run restores nothing, so a running controller does not matter.
  const holder =
    !dryRun && found.routes.some(({ route }) => !route.frozen) ? await activeLeader(kube, scope.controllerNamespace, retries.wait) : null;
  let failed = 0;
  for (const [done, coded] of found.routes.entries()) {
    if (scope.timeLimit?.aborted === true) {
      const message = `the time limit is over: ${found.routes.length - done} of ${found.routes.length} routes not restored`;
      return { exit: EXIT.no, remarks: [...remarks, { message, hint: RUN_AGAIN }] };
    }
    const key = routeKey(coded.route);
    if (holder !== null && !coded.route.frozen) {
      failed += 1;
      print(`${key} left as it is: a controller is running and would shift it again`);
      continue;
    }
    const { outcome, text } = await restoreRoute(kube, coded, dryRun, retries);
    print(`${key} ${text}`);
    if (outcome === "noAnswer")
      return { exit: EXIT.unreachable, remarks: [{ message: "the API server no longer answers", hint: RUN_AGAIN }] };
    if (outcome === "failed") failed += 1;
  }
  if (failed > 0)
    remarks.push({
      message: `${failed} of ${found.routes.length} routes not restored`,
      hint: holder === null ? RUN_AGAIN : stopHint(holder, scope),
    });
  return { exit: remarks.length > 0 ? EXIT.no : EXIT.fine, remarks };
}

async function routesOf({ kube, argument, namespaces }: RestoreScope): Promise<AnnotatedRoutes | Answer> {
  if (argument === undefined) return annotatedRoutes(kube, namespaces);
  const found = await findRoute(kube, argument, namespaces[0] ?? "default");
  if ("answer" in found) return found.answer;
  const routes = found.route.memoryText === null ? [] : [{ codec: argument.codec, route: found.route }];
  return { routes, troubles: [], noAnswer: false };
}

function stopHint(holder: string, { controllerNamespace }: RestoreScope): string {
  return `${holder} leads in ${controllerNamespace}: scale the controller down first, or freeze the routes`;
}

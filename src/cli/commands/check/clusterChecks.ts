import type { KubeFailure } from "../../../kube/kubeApi.ts";
import { type Route, routeKey } from "../../../routes/route.ts";
import { LOGIN_HINT } from "../../output/failureAnswer.ts";
import type { RightFound } from "./askRights.ts";
import { atMost, type Category, type Check, counted, failure, fine, listed, warning } from "./checkReport.ts";
import { fixedRules } from "./fixedRules.ts";
import { profilesBeside } from "./profilesBeside.ts";
import type { ClusterFacts, KindFacts } from "./readCluster.ts";
import { type Right, resourceName } from "./rights.ts";
import { sharedParents } from "./sharedParents.ts";
import { unmanagedBeside } from "./unmanagedBeside.ts";

const LABEL = "failover.linkerd.io/controlled-by=linkerd-failover";

/** The category `kubernetes`: API server, kinds of route, managed routes, rights. */
export function clusterChecks({ version, kinds, leftOut, rights, profiled }: ClusterFacts, hasSelector: boolean): Category {
  const checks = version.ok
    ? [
        fine(`the API server answers: Kubernetes ${version.value}`),
        ...kindChecks(kinds),
        ...routeChecks(kinds, hasSelector, profiled),
        ...gitOpsChecks(kinds),
        ...atMost([...leftOut].map(limitCheck)),
        ...rightsChecks(rights),
      ]
    : [failure("the API server answers", { error: whyOf(version), hint: reachHint(version) })];
  return { categoryName: "kubernetes", checks };
}

/** Whether the API server did not answer at all. */
export function isUnreachable(failed: KubeFailure): boolean {
  return failed.status === null && failed.reason !== "Unreadable" && failed.reason !== "TooLong";
}

function reachHint(failed: KubeFailure): string {
  if (failed.status === 401) return "log in again: the API server rejects the kubeconfig's credentials";
  if (failed.reason === "NoCredentials") return LOGIN_HINT;
  if (isUnreachable(failed)) return "is the cluster up, and is it the right one? --context and --kubeconfig select another";
  return "is the kubeconfig's server a Kubernetes API server?";
}

function kindChecks(kinds: readonly KindFacts[]): readonly Check[] {
  const none = kinds.every(({ served, trouble }) => served === null && trouble === null);
  if (none) {
    const hint = "install the Gateway API CRDs, or the linkerd-smi extension for TrafficSplits";
    return [warning("a kind of route is served", { error: "the cluster serves none, so there is nothing to manage", hint })];
  }
  return kinds.map(({ codec, served, trouble }) => {
    const name = manyOf(codec.kind);
    if (trouble !== null) return failure(`${name} can be listed`, { error: whyOf(trouble) });
    if (served === null) return fine(`${name} are not installed: skipped; the controller checks again every minute`);
    return fine(`${name} are served at ${codec.resource.group}/${served}`);
  });
}

function routeChecks(kinds: readonly KindFacts[], hasSelector: boolean, profiled: ReadonlySet<string>): readonly Check[] {
  const routes = kinds.flatMap((kind) => kind.routes);
  const unmanaged = kinds.flatMap((kind) => kind.unmanaged);
  if (routes.length === 0) {
    // If a kind could not be listed, there may be routes.
    if (kinds.some(({ trouble }) => trouble !== null) || kinds.every(({ served }) => served === null)) return [];
    const hint = hasSelector ? "label a route as --selector says" : `label one: kubectl label KIND/NAME ${LABEL}`;
    return [warning("routes are managed", { error: "no route carries the label", hint })];
  }
  const counts = kinds
    .filter((kind) => kind.routes.length > 0)
    .map(({ codec, routes: { length } }) => `${length} ${length === 1 ? codec.kind : manyOf(codec.kind)}`);
  return [
    fine(`${counted(routes.length, "route")} managed: ${counts.join(", ")}`),
    ...atMost(routes.flatMap(problemChecks)),
    ...atMost(fixedRules(routes)),
    ...atMost(sharedParents(routes)),
    ...atMost(unmanagedBeside(routes, unmanaged)),
    ...atMost(profilesBeside(routes, unmanaged, profiled)),
  ];
}

/** A GitOps controller applies the baseline again and again, over our weights, unless it ignores the weights. */
function gitOpsChecks(kinds: readonly KindFacts[]): readonly Check[] {
  const byManager = Map.groupBy(
    kinds.flatMap(({ gitOps }) => [...gitOps]),
    ([, manager]) => manager,
  );
  return [...byManager].map(([manager, routes]) => {
    const keys = listed(routes.map(([key]) => key));
    return fine(`${manager} applies ${keys}: make it ignore the weights (docs/gitops.md), or it resets them during a failover`);
  });
}

function limitCheck([namespace, count]: readonly [string, number]): Check {
  const error = `${counted(count, "route")} over the limit: the newest are left alone`;
  const hint = "--max-routes-per-namespace sets the limit, for run and check alike";
  return warning(`all labelled routes of ${namespace} are managed`, { error, hint });
}

function problemChecks(route: Route): readonly Check[] {
  return route.problems.map(({ problem, text }) => warning(`${routeKey(route)} has no problems`, { error: `${problem}: ${text}` }));
}

function rightsChecks(rights: readonly RightFound[]): readonly Check[] {
  const missing = rights.filter(({ denied, trouble }) => denied.length > 0 || trouble !== null);
  const held = rights.length - missing.length;
  const all = missing.length === 0 && held > 0 ? [fine(`this user has all permissions that the controller needs`)] : [];
  return [...all, ...missing.map(rightCheck)];
}

function rightCheck({ right, denied, trouble }: RightFound): Check {
  const description = `may ${right.verbs.join(", ")} ${resourceName(right)}${scopeOf(right)}`;
  if (denied.length === 0 && trouble !== null) return warning(description, { error: `this could not be checked: ${whyOf(trouble)}` });
  const what = `this user may not ${denied.join(", ")} ${resourceName(right)}${scopeOf(right)}`;
  const hint = "apply the controller's roles; the user that was checked is the kubeconfig's, which need not be the controller";
  return right.without === null
    ? failure(description, { error: what, hint })
    : warning(description, { error: `${what}: ${right.without}`, hint });
}

function scopeOf({ namespace, name }: Right): string {
  return `${name === undefined ? "" : ` named ${name}`}${namespace === undefined ? "" : ` in ${namespace}`}`;
}

/** `HTTPRoutes.policy.linkerd.io`. */
function manyOf(kind: string): string {
  return kind.replace(/^\w+/, "$&s");
}

function whyOf({ reason, message }: KubeFailure): string {
  return `${reason}: ${message}`;
}

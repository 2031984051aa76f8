import { formatDuration } from "../../rules/duration.ts";
import { LONGEST_SIGNAL_LOSS_MS } from "../brakes/signalLoss.ts";
import type { BackendState } from "../model/backendState.ts";
import type { Clusters } from "../model/cluster.ts";
import type { Brake, Reason } from "../model/reason.ts";
import { type RouteState, reasonsOf, type State } from "../model/state.ts";
import { isTelling } from "./explain.ts";
import { reasonText } from "./reasonText.ts";

/** Something about a route that has changed since the tick before. */
export interface Change {
  readonly kind: "problem" | "solved" | "phase" | "braked" | "released" | "reapplied";
  readonly text: string;
}

/** What changed for a route from one tick to the next, in words; `before` is undefined for a route that is new. */
export function changesOf(before: RouteState | undefined, after: RouteState): readonly Change[] {
  const changes: Change[] = [];
  const had = (problem: string) => before?.problems.some((p) => p.problem === problem) === true;
  for (const { problem, text } of after.problems) if (!had(problem)) changes.push({ kind: "problem", text: `problem ${problem}: ${text}` });
  for (const { problem } of before?.problems ?? []) {
    if (!after.problems.some((p) => p.problem === problem)) changes.push({ kind: "solved", text: `no longer a problem: ${problem}` });
  }
  for (const [backend, { state }] of after.backends) {
    const from = before?.backends.get(backend)?.state;
    if (phaseName(from) === phaseName(state)) continue;
    const leaves = state.phase === "suspect" || state.phase === "out";
    const own = reasonsOf(after).filter((r) => r.backend === backend && isTelling(r.reason) && !(leaves && isFit(r.reason)));
    const reasons = own.map((r) => reasonText(r.reason));
    const why = reasons.length > 0 ? ` (${reasons.join("; ")})` : "";
    // For how long a new backend has been in its phase is unknown, so no transition is claimed.
    const transition = from === undefined ? phaseName(state) : `${phaseName(from)} → ${phaseName(state)}`;
    changes.push({ kind: "phase", text: `${backend}: ${transition}${why}` });
  }
  for (const brake of after.brakes)
    if (before?.brakes.includes(brake) !== true) changes.push({ kind: "braked", text: brakedText(after, brake) });
  for (const brake of before?.brakes ?? [])
    if (!after.brakes.includes(brake)) changes.push({ kind: "released", text: `no longer held by ${brake}` });
  if (after.reappliedBy !== null) changes.push({ kind: "reapplied", text: reappliedText(after.reappliedBy, before === undefined) });
  return changes;
}

/** The text for a brake that has begun to hold a route: `oneClient` with its client, which an operator must know to act. */
function brakedText(route: RouteState, brake: Brake): string {
  return (brake === "oneClient" ? loneClientText(route) : null) ?? `held by ${brake}`;
}

/** Which client alone sees failures, and of which backend; null: `oneClient` holds none of the route's. */
export function loneClientText(route: RouteState): string | null {
  const found = reasonsOf(route).find(({ reason }) => reason.kind === "brake" && reason.brake === "oneClient");
  return found === undefined ? null : `${found.backend}: ${reasonText(found.reason)}`;
}

/** The text for a baseline that another writer put back over our weights. `foundSo`: it was there when this controller started. */
export function reappliedText(manager: string, foundSo: boolean): string {
  const what = `${manager} put the baseline back`;
  return foundSo ? `${what} before this controller started, so it stays and the backends are judged under the load that they have` : what;
}

/** What changed for the linked clusters, in words. */
export function clusterChangesOf(before: Clusters, after: Clusters): readonly ClusterChange[] {
  const changes: ClusterChange[] = [];
  for (const [cluster, { known }] of after.byName) {
    // Unknown counts as the last known value, so that an outage of Prometheus is no change.
    const was = before.byName.get(cluster)?.known ?? null;
    if (known === "dead" && was !== "dead") {
      changes.push({ cluster, fit: false, text: `cluster ${cluster}: its gateway is dead; all mirrors of its Services are unfit` });
    } else if (known === "alive" && was === "dead") {
      changes.push({ cluster, fit: true, text: `cluster ${cluster}: its gateway is alive again` });
    }
  }
  return changes;
}

/** The gateway of a linked cluster died or came back. */
export interface ClusterChange {
  readonly cluster: string;
  readonly fit: boolean;
  readonly text: string;
}

/** The beginning or the end of `signalLoss`, in words; null: no change. */
export function monitoringChangeOf(before: State, after: State): MonitoringChange | null {
  const was = before.brakes.signalLoss;
  const is = after.brakes.signalLoss;
  if (was === null && is !== null) return { out: true, text: lostText(is.had.size) };
  if (was === null || is !== null) return null;
  const hasReachedLimit = after.lastMs !== null && after.lastMs - was.sinceMs >= LONGEST_SIGNAL_LOSS_MS;
  const ended = hasReachedLimit ? `signalLoss ended after its limit of ${formatDuration(LONGEST_SIGNAL_LOSS_MS)}` : "signalLoss is over";
  return { out: false, text: `${ended}: metrics move traffic again` };
}

function lostText(routes: number): string {
  const until = `until most have them again, for ${formatDuration(LONGEST_SIGNAL_LOSS_MS)} at most`;
  return `many of the ${routes} routes that had metrics lost them in one tick: metrics move no traffic ${until}`;
}

/** `signalLoss` has begun, or is over. */
export interface MonitoringChange {
  readonly out: boolean;
  readonly text: string;
}

/** Whether a reason says that the backend is fit. It does not explain a departure. */
function isFit(reason: Reason): boolean {
  return (reason.kind === "share" || reason.kind === "query") && reason.opinion === "fit";
}

/** A new backend counts as serving, so that it is no change. */
function phaseName(state: BackendState | undefined): string {
  if (state === undefined) return "serving";
  return state.phase === "returning" ? `returning, step ${state.step + 1}` : state.phase;
}

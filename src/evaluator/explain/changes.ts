import type { BrakeState } from "../brakes/departures.ts";
import type { Clusters } from "../health/clusters.ts";
import type { BackendState } from "../model/backendState.ts";
import type { Reason } from "../model/reason.ts";
import { type RouteState, reasonsOf } from "../model/state.ts";
import { isTelling } from "./explain.ts";
import { reasonText } from "./reasonText.ts";

/** Something about a route that is otherwise than at the look before. */
export interface Change {
  readonly kind: "problem" | "solved" | "phase" | "braked" | "released" | "reapplied";
  readonly text: string;
}

/** What changed for a route from one look to the next, in words; `before` is undefined for a route that is new. */
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
    // Of a backend that is new to us nobody knows how long it has been so: no transition is claimed.
    const transition = from === undefined ? phaseName(state) : `${phaseName(from)} → ${phaseName(state)}`;
    changes.push({ kind: "phase", text: `${backend}: ${transition}${why}` });
  }
  for (const brake of after.brakes) if (before?.brakes.includes(brake) !== true) changes.push({ kind: "braked", text: `held by ${brake}` });
  for (const brake of before?.brakes ?? [])
    if (!after.brakes.includes(brake)) changes.push({ kind: "released", text: `no longer held by ${brake}` });
  if (after.reappliedBy !== null) changes.push({ kind: "reapplied", text: reappliedText(after.reappliedBy, before === undefined) });
  return changes;
}

/** That someone put a baseline back over our weights; `foundSo`: before we looked after the route, and so it was left. */
export function reappliedText(manager: string, foundSo: boolean): string {
  const what = `${manager} put the baseline back`;
  return foundSo ? `${what} before this controller came, so the backends are judged under the load that they have` : what;
}

/** What changed for the linked clusters, in words. */
export function clusterChangesOf(before: Clusters, after: Clusters): readonly ClusterChange[] {
  const changes: ClusterChange[] = [];
  for (const [cluster, { known }] of after.byName) {
    // While nobody can tell it counts as it was, so that an outage of Prometheus makes no news of it.
    const was = before.byName.get(cluster)?.known ?? null;
    if (known === "dead" && was !== "dead") {
      changes.push({ cluster, fit: false, text: `cluster ${cluster}: its gateway is dead; everything that mirrors its Services is unfit` });
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

/** That the monitoring went out or came back, in words; null: no change. */
export function monitoringChangeOf(before: BrakeState, after: BrakeState): MonitoringChange | null {
  const was = before.signalLoss;
  const is = after.signalLoss;
  if ((was === null) === (is === null)) return null;
  if (is !== null)
    return { out: true, text: `many of the ${is.had.size} routes that had metrics lost them at once: what metrics say moves nothing now` };
  return { out: false, text: "the routes' metrics are believed again" };
}

/** The monitoring went out or came back. */
export interface MonitoringChange {
  readonly out: boolean;
  readonly text: string;
}

/** Whether a reason speaks for the backend, which is beside the point when it leaves. */
function isFit(reason: Reason): boolean {
  return (reason.kind === "share" || reason.kind === "query") && reason.opinion === "fit";
}

/** That a backend which is new serves is no news. */
function phaseName(state: BackendState | undefined): string {
  if (state === undefined) return "serving";
  return state.phase === "returning" ? `returning, step ${state.step + 1}` : state.phase;
}

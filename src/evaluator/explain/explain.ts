/**
 * evaluator/explain/ — turns reasons into sentences and reports.
 *
 * Log, Events, page and CLI take their texts from here. It must never decide or guess: it has only the state and its reasons.
 */
import { routeKey } from "../../routes/route.ts";
import type { BackendReport } from "../model/backendReport.ts";
import type { Decision } from "../model/decision.ts";
import type { BackendReason, Reason } from "../model/reason.ts";
import { type RouteState, reasonsOf } from "../model/state.ts";
import { reasonText } from "./reasonText.ts";

/** Whether a reason explains a change. A reason that a signal is fit does not. */
export function isTelling(reason: Reason): boolean {
  switch (reason.kind) {
    case "ready":
      return reason.ready < reason.minReady;
    case "share":
      return reason.total > 0;
    case "gateway":
      return reason.gateway !== "alive" && reason.gateway !== "unprobed";
    case "query":
      return reason.opinion !== "fit";
    case "removed":
    case "readinessSilent":
    case "warm":
      return false;
    case "noMetrics":
    case "lostRequests":
    case "waiting":
    case "stepping":
    case "trial":
    case "sure":
    case "brake":
    case "pinned":
    case "spill":
      return true;
  }
}

/** A decision and its reasons in one line: `failover (readiness): web 100 → 0, east 0 → 100; web: readiness: …`. */
export function decisionText(decision: Decision): string {
  const changes = decision.splits.map((split) => {
    const moves = Object.keys(split.after).filter((backend) => split.before[backend] !== split.after[backend]);
    const text = moves.map((backend) => `${backend} ${weight(split.before[backend])} → ${weight(split.after[backend])}`).join(", ");
    return decision.desired.splits.length > 1 ? `${split.name}: ${text}` : text;
  });
  const because = decisiveReasons(decision).map(({ backend, reason }) =>
    backend === null ? reasonText(reason) : `${backend}: ${reasonText(reason)}`,
  );
  const why = because.length === 0 ? "" : `; ${because.join("; ")}`;
  return `${decision.direction} (${decision.cause}): ${changes.join("; ")}${why}`;
}

/** The state of a route: one line for each backend, and below it one for each of its reasons. */
export function routeText(state: RouteState): string {
  const lines = [`${routeKey(state.ref)}: ${state.shifted ? "shifted" : "at its baseline"}, rule ${state.rule ?? "none"}`];
  for (const { problem, text } of state.problems) lines.push(`  problem ${problem}: ${text}`);
  const reasons = reasonsOf(state);
  for (const { backend, reason } of reasons) if (backend === null) lines.push(`  ${reasonText(reason)}`);
  for (const report of state.backends.values()) {
    lines.push(`  ${report.backend}: ${backendText(state, report)}`);
    for (const { backend, reason } of reasons) if (backend === report.backend) lines.push(`    ${reasonText(reason)}`);
  }
  return lines.join("\n");
}

function backendText(state: RouteState, report: BackendReport): string {
  const weights = state.splits.map(
    (split) => `weight ${weight(split.live[report.backend])} of baseline ${weight(split.baseline[report.backend])}`,
  );
  return `${report.state.phase}, ${report.judgement.verdict}, ${weights.join(", ")}`;
}

/** The reasons for one line: those of the backends that were removed or return, and the brakes of the route. */
function decisiveReasons(decision: Decision): readonly BackendReason[] {
  const concerned = new Set(decision.reasons.filter(({ reason }) => reason.kind === "removed").map(({ backend }) => backend));
  if (concerned.size === 0 && decision.direction === "return") for (const backend of gainersOf(decision)) concerned.add(backend);
  return decision.reasons.filter(({ backend, reason }) => {
    if (backend === null) return reason.kind === "brake" || reason.kind === "spill";
    if (reason.kind === "pinned") return true;
    if (!concerned.has(backend)) return false;
    if (reason.kind === "ready") return reason.ready < reason.minReady || decision.cause === "readiness";
    if (reason.kind === "gateway") return reason.gateway !== "alive" || decision.cause === "gateway";
    if (reason.kind === "share")
      return reason.total > 0 && (reason.opinion !== "fit" || reason.signal === decision.cause || decision.direction === "return");
    return reason.kind === "stepping" || reason.kind === "query" || reason.kind === "sure";
  });
}

function gainersOf({ splits }: Decision): readonly string[] {
  return splits.flatMap(({ before, after }) => Object.keys(after).filter((b) => (after[b] ?? 0) > (before[b] ?? 0)));
}

function weight(value: number | undefined): string {
  return value === undefined ? "–" : String(Number(value.toFixed(3)));
}

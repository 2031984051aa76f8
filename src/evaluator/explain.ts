import { routeKey } from "../routes/route.ts";
import { formatDuration } from "../rules/duration.ts";
import { formatShare } from "../rules/share.ts";
import type { BackendReason, Brake, Decision, Looks, Reason } from "./decision.ts";
import type { BackendReport, RouteState } from "./state.ts";

/** One reason, as a person would say it. */
export function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case "ready":
      return reason.ready < reason.minReady
        ? `readiness: ${reason.ready} ready, at least ${reason.minReady} needed`
        : `readiness: ${reason.ready} ready`;
    case "readinessSilent":
      return reason.why === "elsewhere"
        ? "readiness: has no endpoints in this cluster by its nature, so readiness says nothing"
        : "readiness: the watch is silent, so readiness says nothing";
    case "successRate":
      return `successRate: ${successRateText(reason)}`;
    case "noMetrics":
      return reason.why === "missing"
        ? "successRate: Prometheus has no series for it although it has weight; this moves nothing"
        : `successRate: no answer from Prometheus${reason.error === undefined ? "" : ` (${reason.error})`}; this moves nothing`;
    case "lostRequests":
      return `successRate: its weight promised it ${count(reason.promised)} requests and it answered ${count(reason.received)}; nothing to judge`;
    case "waiting":
      return waitingText(reason);
    case "stepping":
      return `returning: step ${reason.step + 1} of ${reason.steps}, ${formatShare(reason.share)} of its traffic`;
    case "left":
      return `left on ${reason.cause}`;
    case "brake":
      return `held: ${brakeText(reason.brake)}${reason.leftMs === undefined ? "" : ` for another ${formatDuration(seconds(reason.leftMs))}`}`;
    case "pinned":
      return reason.untilMs === null
        ? "pinned by its owner, without end"
        : `pinned by its owner until ${new Date(reason.untilMs).toISOString()}`;
  }
}

/** Whether a reason tells why something happens, rather than that all is well or what everybody knows. */
export function isTelling(reason: Reason): boolean {
  switch (reason.kind) {
    case "ready":
      return reason.ready < reason.minReady;
    case "successRate":
      return reason.total > 0;
    case "left":
    case "readinessSilent":
      return false;
    case "noMetrics":
    case "lostRequests":
    case "waiting":
    case "stepping":
    case "brake":
    case "pinned":
      return true;
  }
}

/** What a decision does and why, in one line: `failover (readiness): web 100 → 0, east 0 → 100: web: readiness: …`. */
export function decisionText(decision: Decision): string {
  const changes = decision.splits.map((split) => {
    const moves = Object.keys(split.after).filter((backend) => split.before[backend] !== split.after[backend]);
    const text = moves.map((backend) => `${backend} ${weight(split.before[backend])} → ${weight(split.after[backend])}`).join(", ");
    return decision.wish.splits.length > 1 ? `${split.name}: ${text}` : text;
  });
  const because = decisiveReasons(decision).map(({ backend, reason }) =>
    backend === null ? reasonText(reason) : `${backend}: ${reasonText(reason)}`,
  );
  const why = because.length === 0 ? "" : `; ${because.join("; ")}`;
  return `${decision.direction} (${decision.cause}): ${changes.join("; ")}${why}`;
}

/** The whole route: a line per backend and one per reason, with what each waits for. */
export function routeText(state: RouteState): string {
  const lines = [`${routeKey(state.ref)}: ${state.shifted ? "shifted" : "at its baseline"}, rule ${state.rule ?? "none"}`];
  for (const { problem, text } of state.problems) lines.push(`  problem ${problem}: ${text}`);
  for (const { backend, reason } of state.reasons) if (backend === null) lines.push(`  ${reasonText(reason)}`);
  for (const report of state.backends.values()) {
    lines.push(`  ${report.backend}: ${backendText(state, report)}`);
    for (const { backend, reason } of state.reasons) if (backend === report.backend) lines.push(`    ${reasonText(reason)}`);
  }
  return lines.join("\n");
}

function backendText(state: RouteState, report: BackendReport): string {
  const weights = state.splits.map(
    (split) => `weight ${weight(split.live[report.backend])} of baseline ${weight(split.baseline[report.backend])}`,
  );
  return `${report.state.phase}, ${report.verdict}, ${weights.join(", ")}`;
}

/** The reasons that a reader of the one line needs: what those show that left, return or are back, not that the others are well. */
function decisiveReasons(decision: Decision): readonly BackendReason[] {
  const concerned = new Set(decision.reasons.filter(({ reason }) => reason.kind === "left").map(({ backend }) => backend));
  if (concerned.size === 0 && decision.direction === "return") for (const backend of gainersOf(decision)) concerned.add(backend);
  return decision.reasons.filter(({ backend, reason }) => {
    if (backend === null) return reason.kind === "brake";
    if (reason.kind === "pinned") return true;
    if (!concerned.has(backend)) return false;
    if (reason.kind === "ready") return reason.ready < reason.minReady || decision.cause === "readiness";
    return reason.kind === "stepping" || (reason.kind === "successRate" && reason.total > 0);
  });
}

function gainersOf({ splits }: Decision): readonly string[] {
  return splits.flatMap(({ before, after }) => Object.keys(after).filter((b) => (after[b] ?? 0) > (before[b] ?? 0)));
}

function successRateText(reason: Extract<Reason, { kind: "successRate" }>): string {
  const window = formatDuration(reason.windowMs);
  if (reason.total <= 0) return `no requests in ${window}`;
  const lost = reason.unaccounted >= 0.5 ? `, of these ${count(reason.unaccounted)} failures that never reached an endpoint` : "";
  const seen = `${percent(reason.good / reason.total)} of ${count(reason.total)} requests in ${window} good${lost}`;
  switch (reason.opinion) {
    case "unfit":
      return `${seen}; at best ${percent(reason.upper)}, below ${formatShare(reason.failBelow)}`;
    case "fit":
      return `${seen}, at least ${formatShare(reason.recoverAbove)}`;
    case "between":
      return `${seen}: neither below ${formatShare(reason.failBelow)} for sure nor ${formatShare(reason.recoverAbove)}`;
    case "quiet":
      return `${seen}; too few to judge, ${reason.minRequests} needed`;
  }
}

function waitingText(reason: Extract<Reason, { kind: "waiting" }>): string {
  const left = formatDuration(seconds(reason.leftMs));
  const relapsed = reason.relapses > 0 ? `, longer after ${reason.relapses} relapse${reason.relapses === 1 ? "" : "s"}` : "";
  switch (reason.for) {
    case "failAfter":
      return `waits: out if this lasts another ${left}`;
    case "recoverAfter":
      return `waits: must look good for ${reason.looks === "bad" ? "" : "another "}${left} before any traffic returns${relapsed}${nowText(reason.looks)}`;
    case "step":
      return reason.leftMs > 0 ? `waits: next step in ${left} if it stays good` : "waits: next step as soon as it looks good";
    case "write":
      return "waits: its last step is not yet written";
  }
}

function nowText(looks: Looks): string {
  switch (looks) {
    case "good":
      return "";
    case "bad":
      return "; does not yet";
    case "silent":
      return "; nobody can tell now";
  }
}

function brakeText(brake: Brake): string {
  switch (brake) {
    case "sharedFate":
      return "its load would go to a backend that is doing worse";
    case "warmUp":
      return "the first window of metrics is not complete yet";
    case "noneFit":
      return "no backend is fit, so whoever carries the load and is ready keeps it";
    case "reapplied":
      return "someone put the baseline back over our weights; ours wait";
    case "frozen":
      return "frozen by its owner";
  }
}

/** Waits are told in whole seconds, rounded up: `0s` would be a lie. */
function seconds(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1_000) * 1_000);
}

function count(requests: number): string {
  return String(Math.round(requests));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function weight(value: number | undefined): string {
  return value === undefined ? "–" : String(Number(value.toFixed(3)));
}

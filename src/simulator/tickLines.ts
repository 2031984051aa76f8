import type { BackendState } from "../evaluator/backendState.ts";
import { decisionText, isTelling, reasonText } from "../evaluator/explain.ts";
import type { RouteState, State } from "../evaluator/state.ts";
import type { StoryTick } from "./story.ts";

/** What a tick changed, a line each: phases with their reasons, brakes, problems, decisions. Nothing where all is as before. */
export function tickLines(tick: StoryTick): readonly string[] {
  const lines: string[] = [];
  const at = clock(tick.atMs);
  const many = tick.after.routes.size > 1;
  for (const [key, route] of tick.after.routes) {
    const name = many ? `${route.ref.name}/` : "";
    for (const line of routeLines(tick.before.routes.get(key), route)) lines.push(`${at} ${name}${line}`);
  }
  for (const decision of tick.decisions) {
    const failed = tick.landed ? "" : " (the write fails)";
    lines.push(`${at} ${many ? `${decision.route.name}/` : ""}${decisionText({ ...decision, reasons: [] })}${failed}`);
  }
  for (const key of (tick.before satisfies State).routes.keys()) if (!tick.after.routes.has(key)) lines.push(`${at} ${key} is gone`);
  return lines;
}

function routeLines(before: RouteState | undefined, after: RouteState): readonly string[] {
  const lines: string[] = [];
  const problems = after.problems.filter(({ problem }) => before?.problems.some((p) => p.problem === problem) !== true);
  for (const { problem, text } of problems) lines.push(`problem ${problem}: ${text}`);
  for (const [backend, { state }] of after.backends) {
    const then = before?.backends.get(backend)?.state;
    const from = then === undefined ? "serving" : phaseName(then);
    if (from === phaseName(state)) continue;
    const reasons = after.reasons.filter((r) => r.backend === backend && isTelling(r.reason)).map((r) => reasonText(r.reason));
    lines.push(`${backend}: ${from} → ${phaseName(state)}${reasons.length > 0 ? ` (${reasons.join("; ")})` : ""}`);
  }
  for (const brake of after.brakes) if (before?.brakes.includes(brake) !== true) lines.push(`held by ${brake}`);
  for (const brake of before?.brakes ?? []) if (!after.brakes.includes(brake)) lines.push(`no longer held by ${brake}`);
  if (after.reappliedBy !== null) lines.push(`${after.reappliedBy} put the baseline back`);
  return lines;
}

function phaseName(state: BackendState): string {
  return state.phase === "returning" ? `returning, step ${state.step + 1}` : state.phase;
}

/** Minutes and seconds since the story began, as `2:05`. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

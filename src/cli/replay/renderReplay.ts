import { decisionJson } from "../../admin/decisionJson.ts";
import { writeTime } from "../../routes/rfc3339.ts";
import { routeKey } from "../../routes/route.ts";
import { formatDuration } from "../../rules/duration.ts";
import { tickLines } from "../../simulator/tickLines.ts";
import type { Past, Replayed } from "./replayPast.ts";

/** What would have happened, as people read it. */
export function renderReplay(past: Past, { ticks, looks }: Replayed): string {
  const { route, rule, fromMs, untilMs, intervalMs } = past;
  const lines = ticks.flatMap((tick) => tickLines({ ...tick, landed: true }, seconds));
  const title = `${routeKey(route)}, as the rule ${rule.name} would have judged it`;
  const many = looks === 1 ? "1 look" : `${looks} looks, one each ${formatDuration(intervalMs)}`;
  const span = `from ${seconds(fromMs)} to ${seconds(untilMs)}, ${many}`;
  return `${[title, span, "", ...lines, ...(lines.length > 0 ? [""] : []), summary(ticks, awayMs(ticks, past))].join("\n")}\n`;
}

/** The same as data. */
export function replayJson(past: Past, { ticks, looks, unanswered }: Replayed): unknown {
  const { route, rule, fromMs, untilMs } = past;
  return {
    kind: route.kind,
    namespace: route.namespace,
    name: route.name,
    rule: rule.name,
    from: writeTime(fromMs),
    until: writeTime(untilMs),
    looks,
    unanswered,
    shiftedSeconds: awayMs(ticks, past) / 1_000,
    decisions: ticks.flatMap(({ atMs, decisions }) =>
      decisions.flatMap((decision) => decisionJson({ atMs, decision, outcome: { outcome: "dryRun" } })),
    ),
  };
}

function summary(ticks: Replayed["ticks"], shiftedMs: number): string {
  const decisions = ticks.flatMap((tick) => tick.decisions);
  if (decisions.length === 0) return "No traffic would have been moved.";
  const count = (direction: string, one: string) => {
    const many = decisions.filter((decision) => decision.direction === direction).length;
    return `${many} ${many === 1 ? one : `${one}s`}`;
  };
  const away = formatDuration(shiftedMs);
  return `${count("failover", "failover")} and ${count("return", "step")} back; away from its baseline for ${away}.`;
}

/** How long of the span it would have been away from its baseline: as each look sees it, until the next one. */
function awayMs(ticks: Replayed["ticks"], { fromMs, untilMs, intervalMs }: Past): number {
  const shifted = ticks.filter(({ after }) => [...after.routes.values()].some((route) => route.shifted));
  return shifted.reduce((sum, { atMs }) => sum + Math.max(0, Math.min(atMs + intervalMs, untilMs) - Math.max(atMs, fromMs)), 0);
}

function seconds(ms: number): string {
  return writeTime(ms).replace(/\.\d+Z$/, "Z");
}

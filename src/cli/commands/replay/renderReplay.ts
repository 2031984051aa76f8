import { decisionJson } from "../../../admin/decisionJson.ts";
import { writeTime } from "../../../routes/rfc3339.ts";
import { routeKey } from "../../../routes/route.ts";
import { formatDuration } from "../../../rules/duration.ts";
import { type Past, type Replayed, writeSeconds } from "./replayPast.ts";

/** What would have happened, as text for people. */
export function renderReplay(past: Past, { all, ticks }: Replayed): string {
  const { route, rule, fromMs, untilMs, intervalMs } = past;
  const lines = all.flatMap((tick) => tick.lines);
  const title = `${routeKey(route)}, as the rule ${rule.name} would have judged it`;
  const count = ticks === 1 ? "1 tick" : `${ticks} ticks, one every ${formatDuration(intervalMs)}`;
  const span = `from ${writeSeconds(fromMs)} to ${writeSeconds(untilMs)}, ${count}`;
  return `${[title, span, "", ...lines, ...(lines.length > 0 ? [""] : []), summary(all, awayMs(all, past))].join("\n")}\n`;
}

/** The same as data. */
export function replayJson(past: Past, { all, ticks, unanswered, known }: Replayed): unknown {
  const { route, rule, fromMs, untilMs } = past;
  return {
    kind: route.kind,
    namespace: route.namespace,
    name: route.name,
    rule: rule.name,
    from: writeTime(fromMs),
    until: writeTime(untilMs),
    ticks,
    unanswered,
    known,
    shiftedSeconds: awayMs(all, past) / 1_000,
    decisions: all.flatMap(({ atMs, decisions }) =>
      decisions.flatMap((decision) => decisionJson({ atMs, decision, outcome: { outcome: "dryRun" } })),
    ),
  };
}

/** What would have been decided, and for how long the route would have been shifted. */
export function summary(all: Replayed["all"], shiftedMs: number): string {
  const decisions = all.flatMap((tick) => tick.decisions);
  if (decisions.length === 0) return "No traffic would have moved.";
  const count = (direction: string, one: string) => {
    const many = decisions.filter((decision) => decision.direction === direction).length;
    return `${many} ${many === 1 ? one : `${one}s`}`;
  };
  const away = formatDuration(shiftedMs);
  return `${count("failover", "failover")}, ${count("return", "return step")}; away from the baseline for ${away}.`;
}

/** How long, in ms, the route would have been away from its baseline: the state at each tick lasts until the next one. */
export function awayMs(all: Replayed["all"], { fromMs, untilMs, intervalMs }: Past): number {
  return all
    .filter(({ shifted }) => shifted)
    .reduce((sum, { atMs }) => sum + Math.max(0, Math.min(atMs + intervalMs, untilMs) - Math.max(atMs, fromMs)), 0);
}

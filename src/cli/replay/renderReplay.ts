import { decisionJson } from "../../admin/decisionJson.ts";
import { writeTime } from "../../routes/rfc3339.ts";
import { routeKey } from "../../routes/route.ts";
import { formatDuration } from "../../rules/duration.ts";
import { tickLines } from "../../simulator/tickLines.ts";
import type { Past, Replayed } from "./replayPast.ts";

/** What would have happened, as people read it. */
export function renderReplay({ route, rule, fromMs, untilMs, intervalMs }: Past, { ticks }: Replayed): string {
  const lines = ticks.flatMap((tick) => tickLines({ ...tick, landed: true }, seconds));
  const title = `${routeKey(route)}, as the rule ${rule.name} would have judged it`;
  const looks = `from ${seconds(fromMs)} to ${seconds(untilMs)}, ${ticks.length} looks, one each ${formatDuration(intervalMs)}`;
  return `${[title, looks, "", ...lines, ...(lines.length > 0 ? [""] : []), summary(ticks, intervalMs)].join("\n")}\n`;
}

/** The same as data. */
export function replayJson({ route, rule, fromMs, untilMs, intervalMs }: Past, { ticks, unanswered }: Replayed): unknown {
  return {
    kind: route.kind,
    namespace: route.namespace,
    name: route.name,
    rule: rule.name,
    from: writeTime(fromMs),
    until: writeTime(untilMs),
    looks: ticks.length,
    unanswered,
    shiftedSeconds: (shiftedLooks(ticks) * intervalMs) / 1_000,
    decisions: ticks.flatMap(({ atMs, decisions }) =>
      decisions.flatMap((decision) => decisionJson({ atMs, decision, outcome: { outcome: "dryRun" } })),
    ),
  };
}

function summary(ticks: Replayed["ticks"], intervalMs: number): string {
  const decisions = ticks.flatMap((tick) => tick.decisions);
  if (decisions.length === 0) return "No traffic would have been moved.";
  const count = (direction: string, one: string) => {
    const many = decisions.filter((decision) => decision.direction === direction).length;
    return `${many} ${many === 1 ? one : `${one}s`}`;
  };
  const away = formatDuration(shiftedLooks(ticks) * intervalMs);
  return `${count("failover", "failover")} and ${count("return", "step")} back; away from its baseline for ${away}.`;
}

function shiftedLooks(ticks: Replayed["ticks"]): number {
  return ticks.filter(({ after }) => [...after.routes.values()].some(({ shifted }) => shifted)).length;
}

function seconds(ms: number): string {
  return writeTime(ms).replace(/\.\d+Z$/, "Z");
}

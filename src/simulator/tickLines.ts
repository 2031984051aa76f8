import { changesOf, clusterChangesOf, monitoringChangeOf } from "../evaluator/explain/changes.ts";
import { decisionText } from "../evaluator/explain/explain.ts";
import type { StoryTick } from "./story.ts";

/** The changes in a tick, one per line: phases with their reasons, brakes, problems, decisions. Empty if nothing changed. */
export function tickLines(tick: StoryTick, clock: (atMs: number) => string = sinceBeginning): readonly string[] {
  const lines: string[] = [];
  const at = clock(tick.atMs);
  const many = tick.after.routes.size > 1;
  for (const { text } of clusterChangesOf(tick.before.clusters, tick.after.clusters)) lines.push(`${at} ${text}`);
  const monitoring = monitoringChangeOf(tick.before, tick.after);
  if (monitoring !== null) lines.push(`${at} ${monitoring.text}`);
  for (const [key, route] of tick.after.routes) {
    const name = many ? `${route.ref.name}/` : "";
    for (const { text } of changesOf(tick.before.routes.get(key), route)) lines.push(`${at} ${name}${text}`);
  }
  for (const decision of tick.decisions) {
    const failed = tick.landed ? "" : " (the write fails)";
    lines.push(`${at} ${many ? `${decision.route.name}/` : ""}${decisionText({ ...decision, reasons: [] })}${failed}`);
  }
  for (const key of tick.before.routes.keys()) if (!tick.after.routes.has(key)) lines.push(`${at} ${key} is gone`);
  return lines;
}

/** Minutes and seconds since the start of the story, as `2:05`. */
function sinceBeginning(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

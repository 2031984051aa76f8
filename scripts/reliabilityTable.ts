import { METRIC_PREFIX } from "../src/admin/metricsTable.ts";
import type { PlayedFault } from "../test/real/faults/recordFault.ts";

/** The faults of one run of `npm run reliability`. */
export interface Played {
  /** The day of the run, as `2026-01-31`. */
  readonly on: string;
  readonly faults: readonly PlayedFault[];
}

/** The faults as the tables of docs/reliability.md, one per theme. */
export function reliabilityTable({ on, faults }: Played): string {
  const themes = [...new Set(faults.map(({ theme }) => theme))];
  const longestMs = Math.max(...faults.map(({ recoveryMs }) => recoveryMs));
  const tables = themes.flatMap((theme) => [
    "",
    `### ${theme.charAt(0).toUpperCase()}${theme.slice(1)}`,
    "",
    "| fault | what you see | over after |",
    "|---|---|---|",
    ...faults.filter((fault) => fault.theme === theme).map(row),
  ]);
  return [
    `${faults.length} faults, played on ${on} at an interval of 1 s; the slowest was over after ${seconds(longestMs)}.`,
    ...tables,
  ].join("\n");
}

function row({ fault, sight: { log, metric, probe }, recoveryMs, note }: PlayedFault): string {
  const seen = [
    ...(log === undefined ? [] : [`log: \`${log.trim()}\``]),
    ...(metric === undefined ? [] : [`\`${METRIC_PREFIX}${metric[0]}\` ${metric[1]}`]),
    ...(probe === undefined ? [] : [`\`${probe[0]}\` ${probe[1]}`]),
  ];
  return `| ${cell(fault)} | ${cell(seen.join("; "))} | ${seconds(recoveryMs)}${note === undefined ? "" : ` (${cell(note)})`} |`;
}

function seconds(ms: number): string {
  return ms < 50 ? "at once" : `${(ms / 1_000).toFixed(1)} s`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

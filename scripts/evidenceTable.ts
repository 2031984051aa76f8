import type { Counts } from "../src/evaluator/model/observation.ts";
import { type EvidenceRow, errorOf } from "../test/real/evidence/evidenceRow.ts";
import { markdownTable } from "./markdownTable.ts";

/** The rows of one run of `npm run evidence`. */
export interface Evidence {
  /** The day of the run, as `2026-01-31`. */
  readonly on: string;
  readonly rows: readonly EvidenceRow[];
}

const HEAD = ["at the end of", "route", "weights", "clients saw: primary", "standby", "read: primary", "standby", "error", "judged"];

/** The rows as the tables of docs/evidence.md, one per recording. */
export function evidenceTable({ on, rows }: Evidence): string {
  const recordings = [...new Set(rows.map(({ recording }) => recording))];
  const largest = Math.max(...rows.map(errorOf));
  const tables = recordings.flatMap((recording) => [
    "",
    `### ${recording}`,
    "",
    markdownTable(HEAD, rows.filter((row) => row.recording === recording).map(cellsOf)),
  ]);
  const said = `${rows.length} readings, judged on ${on}, are off by ${percent(largest)} at most.`;
  return [said, ...tables].join("\n");
}

function cellsOf(row: EvidenceRow): readonly string[] {
  const { phase, route, weights, saw, read, opinions, note } = row;
  const error = `${percent(errorOf(row))}${note === undefined ? "" : ` (${note})`}`;
  const judged = `${opinions.primary}, ${opinions.standby}`;
  return [phase, route, weights, shown(saw.primary), shown(saw.standby), shown(read.primary), shown(read.standby), error, judged];
}

/** Failures of all requests. */
function shown(counts: Counts | null): string {
  return counts === null ? "no series" : `${Math.round(counts.failures)} of ${Math.round(counts.total)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

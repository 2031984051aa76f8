import { formatDuration } from "./duration.ts";

/** A measured time, rounded to the precision of the measurement: `2.5s`, `10s`, `1m`. */
export function roughDuration(ms: number): string {
  return ms < 10_000 ? `${Number((ms / 1_000).toFixed(1))}s` : formatDuration(Math.round(ms / 1_000) * 1_000);
}

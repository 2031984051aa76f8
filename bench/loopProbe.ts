/**
 * Loaded into the controller by `--import`: how long its event loop is blocked at most, in processor time of its thread. On a busy machine
 * the time on the clock says more of the others. SIGUSR2 begins anew; the result is written at the end, to the file in LOOP_PROBE_FILE.
 */
import { writeFileSync } from "node:fs";

const PROBE_EVERY_MS = 2;

let longestMs = 0;
let lastMs = usedMs();

function usedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

setInterval(() => {
  const nowMs = usedMs();
  longestMs = Math.max(longestMs, nowMs - lastMs);
  lastMs = nowMs;
}, PROBE_EVERY_MS).unref();

process.on("SIGUSR2", () => {
  longestMs = 0;
});
process.on("exit", () => writeFileSync(process.env["LOOP_PROBE_FILE"] ?? "/dev/null", String(longestMs)));

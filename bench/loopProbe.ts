/**
 * Loaded into the controller by `--import`: how long its event loop is blocked at most, in processor time of its thread. On a busy machine
 * the time on the clock says more of the others. SIGUSR2 begins; before it the probe costs nothing. The result is written at the end,
 * to the file in LOOP_PROBE_FILE.
 */
import { writeFileSync } from "node:fs";

/** Work of so long may be added to a block that is shorter. */
const PROBE_EVERY_MS = 5;

let longestMs = 0;
let lastMs = 0;

function usedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

process.once("SIGUSR2", () => {
  lastMs = usedMs();
  setInterval(() => {
    const nowMs = usedMs();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  }, PROBE_EVERY_MS).unref();
});
process.on("exit", () => writeFileSync(process.env["LOOP_PROBE_FILE"] ?? "/dev/null", String(longestMs)));

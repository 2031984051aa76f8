import { type DetectionLimit } from "./detection.ts";
import { clock } from "./screen.ts";
import { type Check, type Chronicle, shiftOf } from "./story.ts";

/** The summary at the end of the demo. */
export function summary(chronicle: Chronicle, checks: readonly Check[], limit: DetectionLimit): readonly string[] {
  const { withController, without } = chronicle;
  return [
    "What happened",
    ...events(chronicle),
    "",
    "Detection",
    `  ${detection(chronicle, limit)}`,
    "",
    "Errors that users saw",
    `  with the controller     ${users(withController)}`,
    `  without the controller  ${users(without)}`,
    "",
    "Checks",
    ...checks.map(({ text, ok }) => `  ${ok ? "√" : "×"} ${text}`),
  ];
}

function events({ faultAtMs, healedAtMs, writes }: Chronicle): string[] {
  const told = [
    ...(faultAtMs === null ? [] : [{ atMs: faultAtMs, text: "fault: the primary fails half of its requests" }]),
    ...(healedAtMs === null ? [] : [{ atMs: healedAtMs, text: "the primary is healed" }]),
    ...writes.map(({ atMs, primary, standby }) => ({ atMs, text: `the controller writes ${primary}/${standby}` })),
  ];
  return told.sort((one, other) => one.atMs - other.atMs).map(({ atMs, text }) => `  ${clock(atMs)}  ${text}`);
}

function detection(chronicle: Chronicle, { crossMs, limitMs }: DetectionLimit): string {
  const shift = shiftOf(chronicle);
  if (shift === null || chronicle.faultAtMs === null) return "the fault was not detected";
  const took = `${seconds(shift.atMs - chronicle.faultAtMs)} from the fault to the written weights`;
  if (crossMs === null || limitMs === null) return took;
  return `${took}; at most ${seconds(limitMs)} by the rules, of which ${seconds(crossMs)} until the success rate is unfit`;
}

function users({ requests, errors }: Chronicle["without"]): string {
  return `${String(errors).padStart(5)} of ${requests} requests`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

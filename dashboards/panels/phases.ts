import type { Phase } from "../../src/routes/route.ts";
import { BACKEND, metric } from "../metric.ts";
import type { Meanings } from "./kinds.ts";
import { SCOPE } from "./scope.ts";

/** The phases as numbers. Where replicas differ for a moment, the larger one is shown. */
const LEVELS: Readonly<Record<Phase, number>> = { serving: 0, suspect: 1, returning: 2, out: 3 };
const COLOURS: Readonly<Record<Phase, string>> = { serving: "green", suspect: "yellow", returning: "blue", out: "red" };

const PHASES = Object.keys(LEVELS) as Phase[];

/** What the numbers mean. */
export const PHASE_MEANINGS: Meanings = Object.fromEntries(PHASES.map((phase) => [LEVELS[phase], { text: phase, color: COLOURS[phase] }]));

/** The phase of each backend, as a number: of its gauges, one a phase, that one which is 1. */
export const PHASE_OF_BACKENDS = `max by (${BACKEND}) (${PHASES.map(level).join(" or ")})`;

function level(phase: Phase): string {
  return `(${metric("backend_phase", { ...SCOPE, phase })} == 1) * ${LEVELS[phase]}`;
}

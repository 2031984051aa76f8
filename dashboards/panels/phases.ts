import type { Phase } from "../../src/routes/route.ts";
import { BACKEND, metric } from "../metric.ts";
import type { Meanings } from "./kinds.ts";
import { SCOPE } from "./scope.ts";

/** The phases as numbers. If replicas differ for a moment, the dashboard shows the larger one. */
const LEVELS: Readonly<Record<Phase, number>> = { serving: 0, suspect: 1, returning: 2, out: 3 };
const COLOURS: Readonly<Record<Phase, string>> = { serving: "green", suspect: "yellow", returning: "blue", out: "red" };

const PHASES = Object.keys(LEVELS) as Phase[];

/** Text and colour of each number. */
export const PHASE_MEANINGS: Meanings = Object.fromEntries(PHASES.map((phase) => [LEVELS[phase], { text: phase, color: COLOURS[phase] }]));

/** PromQL for the phase of each backend as a number. There is one gauge per phase; the current phase's gauge is 1. */
export const PHASE_OF_BACKENDS = `max by (${BACKEND}) (${PHASES.map(level).join(" or ")})`;

function level(phase: Phase): string {
  return `(${metric("backend_phase", { ...SCOPE, phase })} == 1) * ${LEVELS[phase]}`;
}

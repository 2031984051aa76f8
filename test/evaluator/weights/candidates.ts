import type { BackendState } from "../../../src/evaluator/model/backendState.ts";
import { clean } from "../../../src/evaluator/model/backendState.ts";
import type { SignalJudgement } from "../../../src/evaluator/model/judgement.ts";
import { wilson } from "../../../src/evaluator/model/wilson.ts";
import type { Candidate } from "../../../src/evaluator/weights/candidate.ts";
import type { Rule } from "../../../src/rules/ruleSet.ts";
import { ruleSchema } from "../../../src/rules/rulesSchema.ts";

/** The defaults, with these keys as in a rules file. */
export function ruleWith(keys: Record<string, unknown> = {}): Rule {
  return ruleSchema.parse({ name: "default", ...keys });
}

/** A reachable backend that serves, without weight. */
export function candidate(backend: string, own: Partial<Candidate> = {}): Candidate {
  return {
    ...{ backend, baseline: 0, live: 0, isOurs: true, state: clean(0), reachable: true, unfit: false, failed: false },
    ...{ evidence: [], doubt: null, capacity: null },
    ...own,
  };
}

export function out(fromStep = false): BackendState {
  return { phase: "out", sinceMs: 0, relapses: fromStep ? 1 : 0, cause: "successRate", fromStep, good: null };
}

export function returning(step: number): BackendState {
  return { phase: "returning", sinceMs: 0, relapses: 0, cause: "successRate", step, trial: null };
}

/** So many of 1 000 requests are good; below 900 is unfit. */
export function shows(good: number): readonly SignalJudgement[] {
  const interval = wilson(good, 1_000);
  const opinion = interval.upper < 0.9 ? "unfit" : "fit";
  return [{ signal: "successRate", cause: "successRate", opinion, reading: { state: "value", good, total: 1_000 }, interval, reasons: [] }];
}

/** Shares in percent, without those that are zero. */
export function percents(shares: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries(
    [...shares].filter(([, share]) => share !== 0).map(([backend, share]) => [backend, Math.round(share * 1e6) / 1e4]),
  );
}

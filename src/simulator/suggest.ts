import { isSoft } from "../evaluator/model/isSoft.ts";
import type { Frame } from "../evaluator/model/observation.ts";
import type { State } from "../evaluator/model/state.ts";
import type { Brakes, Rule, SuccessRateSignal } from "../rules/ruleSet.ts";
import type { Outage } from "./outages.ts";
import { replay } from "./replay.ts";

/** What is tried: every combination of these. */
export const GRID = {
  windowMs: [30_000, 60_000, 120_000],
  failBelow: [0.8, 0.9, 0.95, 0.98],
  minRequests: [10, 20, 50],
  failAfterMs: [5_000, 10_000, 30_000, 60_000],
} as const;
type Key = keyof typeof GRID;

/** Evaluating so many ticks takes less than a minute. */
export const MAX_EVALUATIONS = 250_000;
export const CANDIDATES = Object.values(GRID).reduce((product, values) => product * values.length, 1);
/** An outage that is seen sooner by less is no reason to change a rule. */
const WORTH_MS = 10_000;
/** A return is judged by a plain ratio, so it asks for this part of what `failBelow` leaves. */
const RECOVER_WITHIN = 0.5;

/** A part of the past that is replayed tick by tick. */
export interface Stretch {
  readonly fromMs: number;
  readonly untilMs: number;
  /** By window, with the ticks before `fromMs` that fill it. */
  readonly frames: ReadonlyMap<number, readonly Frame[]>;
  readonly outages: readonly Outage[];
}

export interface Candidate {
  readonly windowMs: number;
  readonly failBelow: number;
  readonly minRequests: number;
  readonly failAfterMs: number;
}

/** What a rule would have done in the past. */
export interface Tried {
  readonly rule: Rule;
  readonly candidate: Candidate;
  /** Outages during which traffic would have left, or before which it had left and was not back yet. */
  readonly caught: number;
  /** Times that traffic would have left while there was no outage. */
  readonly falseMoves: number;
  /** From when an outage could be seen until traffic would have left, on average; null: it never left in one. */
  readonly afterMs: number | null;
}

export interface Suggestion {
  readonly outages: readonly Outage[];
  /** What the present rule would have done. */
  readonly now: Tried;
  readonly best: Tried;
  /** What differs if one key has another value of the grid. */
  readonly others: readonly Tried[];
}

/** Tries all candidates, and returns the best: it catches most outages, with the fewest false moves, and soonest. */
export function suggest(rule: Rule, brakes: Brakes, stretches: readonly Stretch[], intervalMs: number): Suggestion {
  const attempt = (candidate: Candidate) => tried(candidate, withCandidate(rule, candidate), brakes, stretches, intervalMs);
  const now = attempt(nearest(rule));
  const all = candidates().map(attempt);
  const best = all.reduce((least, own) => (isBetter(own, least, now.candidate) ? own : least), now);
  const others = all.filter(({ candidate }) => differences(candidate, best.candidate) === 1);
  return { outages: stretches.flatMap(({ outages }) => outages), now, best, others };
}

/** The number of keys in which two candidates differ. */
function differences(one: Candidate, other: Candidate): number {
  return (Object.keys(GRID) as Key[]).filter((key) => one[key] !== other[key]).length;
}

function candidates(): readonly Candidate[] {
  return GRID.windowMs.flatMap((windowMs) =>
    GRID.failBelow.flatMap((failBelow) =>
      GRID.minRequests.flatMap((minRequests) => GRID.failAfterMs.map((failAfterMs) => ({ windowMs, failBelow, minRequests, failAfterMs }))),
    ),
  );
}

/** What the rule has now, by the nearest window that was read. */
function nearest({ signals: { successRate }, failAfterMs }: Rule): Candidate {
  const { windowMs = 30_000, failBelow = 0.9, minRequests = 20 } = successRate ?? {};
  const distance = (known: number) => Math.abs(Math.log(known / windowMs));
  const read = GRID.windowMs.reduce<number>((best, known) => (distance(known) < distance(best) ? known : best), GRID.windowMs[0]);
  return { windowMs: read, failBelow, minRequests, failAfterMs: successRate?.failAfterMs ?? failAfterMs };
}

function withCandidate(rule: Rule, { windowMs, failBelow, minRequests, failAfterMs }: Candidate): Rule {
  const { signals } = rule;
  const recoverAbove = Math.max(signals.successRate?.recoverAbove ?? 0.98, 1 - RECOVER_WITHIN * (1 - failBelow));
  const successRate: SuccessRateSignal = { ...signals.successRate, windowMs, failBelow, recoverAbove, minRequests, failAfterMs };
  return { ...rule, signals: { ...signals, successRate } };
}

function tried(candidate: Candidate, rule: Rule, brakes: Brakes, stretches: readonly Stretch[], intervalMs: number): Tried {
  const delays: number[] = [];
  let [avoided, falseMoves] = [0, 0];
  for (const { fromMs, frames, outages } of stretches) {
    const caught = new Set<Outage>();
    for (const { atMs, before, decisions } of replay(frames.get(candidate.windowMs) ?? [], { rules: [rule], brakes }, intervalMs)) {
      const begun = outages.find((own) => atMs >= own.fromMs && atMs - intervalMs < own.fromMs);
      if (begun !== undefined && isAway(before)) {
        caught.add(begun);
        avoided += 1;
      }
      const isLeaving = decisions.some(({ direction, cause }) => direction === "failover" && cause !== "manual" && isSoft(cause));
      if (!isLeaving || atMs < fromMs) continue;
      // A move after the end of an outage leaves a good backend.
      const outage = outages.find((own) => atMs >= own.fromMs && atMs <= own.untilMs);
      if (outage === undefined) falseMoves += 1;
      else if (!caught.has(outage)) {
        caught.add(outage);
        delays.push(atMs - outage.fromMs);
      }
    }
  }
  const afterMs = delays.length === 0 ? null : delays.reduce((sum, own) => sum + own, 0) / delays.length;
  return { rule, candidate, caught: delays.length + avoided, falseMoves, afterMs };
}

/** Whether the traffic had left already: what fails then meets no users, so it is not missed. */
function isAway({ routes }: State): boolean {
  return [...routes.values()].some(({ backends }) => [...backends.values()].some(({ state }) => state.phase === "out"));
}

/** An outage that is missed and a move without one are equally bad. Among equals the one that is clearly sooner, then the one like the present rule. */
function isBetter(own: Tried, best: Tried, now: Candidate): boolean {
  const scores = ({ caught, falseMoves, afterMs, candidate }: Tried) => [
    falseMoves - caught,
    falseMoves,
    afterMs === null ? Number.POSITIVE_INFINITY : Math.round(afterMs / WORTH_MS),
    differences(candidate, now),
  ];
  const [ours, theirs] = [scores(own), scores(best)];
  const i = ours.findIndex((score, at) => score !== theirs[at]);
  return i >= 0 && (ours[i] ?? 0) < (theirs[i] ?? 0);
}

import { wilson } from "../../src/evaluator/model/wilson.ts";
import type { Rule } from "../../src/rules/ruleSet.ts";
import type { Expected } from "./expectedFailures.ts";
import type { Batches } from "./traffic.ts";

/** A backend of a split, now. */
export interface Standing {
  readonly service: string;
  readonly share: number;
  readonly reachable: boolean;
  /** Since when it has been worse, or better, than before. */
  readonly worseForMs: number;
  readonly betterForMs: number;
  /** Since when it has had so much load, its share before that, and how often it got more than a trial since any backend changed. */
  readonly gainedForMs: number;
  readonly smaller: number;
  readonly tries: number;
  /** It has been removed because of metrics since it last became better: it may get no more than a trial. */
  readonly convicted: boolean;
  /** Its share is no larger than the first step of a return. */
  readonly onTrial: boolean;
  /** It cannot answer all that it gets now, but answered well what it got before its load last grew. */
  readonly outgrown: boolean;
}

export interface Lawful {
  readonly rate: number;
  readonly expected: Expected;
  /** Failures with all traffic on one backend. */
  readonly singles: ReadonlyMap<string, number>;
  readonly standings: readonly Standing[];
  readonly rule: Rule;
  readonly batches: Batches | null;
  /** Time to detect a failure, and to return to a backend that is well again. */
  readonly detectMs: number;
  readonly returnMs: number;
}

/** A success rate this close to the threshold may take long to prove. */
const NEAR = 0.05;

/**
 * Of the requests per second that fail now, those that the law allows: on a backend that has failed for less than detection takes;
 * on trial; on a backend that got the load for the first time since anything changed; where the requests are too few to
 * prove anything; and while a better one is not back yet.
 */
export function lawfulFailures(lawful: Lawful): { readonly failures: number; readonly because: string } {
  const { rate, expected, standings } = lawful;
  const carriers = standings.filter(({ share }) => share > 0);
  if (carriers.every(({ reachable }) => !reachable)) {
    const because = whyNoneReachable(carriers, lawful);
    return { failures: because === "" ? 0 : rate, because };
  }
  let failures = 0;
  const reasons = new Set<string>();
  for (const standing of carriers) {
    const failed = expected.byBackend.get(standing.service) ?? 0;
    if (failed === 0) continue;
    const why = excuse(standing, failed, lawful);
    if (why !== "") {
      failures += failed;
      reasons.add(`${standing.service}: ${why}`);
      continue;
    }
    // What a better backend that is not back yet would have saved.
    const single = bestReturning(lawful);
    if (single === null) continue;
    failures += Math.max(0, failed - single * standing.share);
    reasons.add(`${standing.service}: a better one is not back yet`);
  }
  return { failures, because: [...reasons].join(", ") };
}

function excuse(standing: Standing, failed: number, lawful: Lawful): string {
  const { rule, detectMs, rate, batches, standings } = lawful;
  if (standing.worseForMs < detectMs) return "lately worse";
  if (standing.onTrial) return "on trial";
  if (returnsAtOnce(lawful) && standing.gainedForMs < detectMs) return "on trial";
  // Between bursts a trial has next to nothing to answer, so the first bursts with more load are the trial.
  if (batches !== null && standing.gainedForMs < detectMs && (isQuiet(lawful, rate) || isQuietTrial(standing, lawful)))
    return "tried by few requests";
  // Whether a crowded backend can answer more than it has shown is known only when it gets more. P3 and P7 hold how often that is tried.
  if (standing.outgrown && standing.gainedForMs < detectMs) return "crowded by its next step";
  // Where others do no better, it may carry all the same; what users lose then they would lose anyway.
  if (standing.convicted) return "";
  if (standing.gainedForMs < detectMs && standing.tries <= 1) return "first try";
  const { successRate } = rule.signals;
  if (successRate === undefined) return "not judged";
  const shareSum = standings.reduce((sum, { share, reachable }) => sum + (reachable ? share : 0), 0);
  const load = (rate * standing.share) / shareSum;
  const requests = (load * Math.min(successRate.windowMs, batches?.lastMs ?? Number.POSITIVE_INFINITY)) / 1_000;
  if (requests < 2 * successRate.minRequests) return "too quiet";
  const good = 1 - failed / load;
  return wilson(good * requests, requests).upper > successRate.failBelow - NEAR ? "not provable" : "";
}

function whyNoneReachable(carriers: readonly Standing[], lawful: Lawful): string {
  if (carriers.some(({ worseForMs }) => worseForMs < lawful.detectMs)) return "lately worse";
  if (returnsAtOnce(lawful) && carriers.every(({ gainedForMs }) => gainedForMs < lawful.detectMs)) return "on trial";
  if (carriers.some(({ convicted }) => convicted)) return bestReturning(lawful) === null ? "" : "a better one is not back yet";
  if (carriers.every(({ tries, gainedForMs }) => tries === 1 && gainedForMs < lawful.detectMs)) return "first try";
  if (bestReturning(lawful) !== null) return "a better one is not back yet";
  return isQuiet(lawful, lawful.rate) ? "too quiet" : "";
}

/** Whether a backend returns without steps, so that its trial is all of its load. */
function returnsAtOnce({ rule }: Lawful): boolean {
  return rule.return.steps.length === 0;
}

function isQuiet({ rule, batches }: Lawful, rate: number): boolean {
  const { successRate } = rule.signals;
  const windowMs = Math.min(successRate?.windowMs ?? 0, batches?.lastMs ?? Number.POSITIVE_INFINITY);
  return (rate * windowMs) / 1_000 < 2 * (successRate?.minRequests ?? 0);
}

/** Whether a burst was too short to judge it by its share before its load last grew. */
function isQuietTrial({ smaller }: Standing, { rule, rate, batches }: Lawful): boolean {
  const { successRate } = rule.signals;
  const windowMs = Math.min(successRate?.windowMs ?? 0, batches?.lastMs ?? Number.POSITIVE_INFINITY);
  return (rate * smaller * windowMs) / 1_000 < (successRate?.minRequests ?? 0);
}

/** Failures with all traffic on the best of the backends that have been better for less than a return takes; null: there is none. */
function bestReturning({ standings, singles, returnMs }: Lawful): number | null {
  const late = standings.filter(({ betterForMs }) => betterForMs < returnMs).map(({ service }) => singles.get(service) ?? 0);
  return late.length === 0 ? null : Math.min(...late);
}

import type { Frame } from "../evaluator/model/observation.ts";
import type { RouteState } from "../evaluator/model/state.ts";
import { liveShares } from "../evaluator/model/weightHistory.ts";
import type { Rule, RuleSet } from "../rules/ruleSet.ts";
import { replay } from "./replay.ts";

/** A time in which a backend with traffic failed more than it did well for its users. */
export interface Outage {
  readonly fromMs: number;
  readonly untilMs: number;
  /** The smallest share of good requests in a window. */
  readonly good: number;
}

/** What the worst backend that carries load answered in the window before a tick. */
export interface SeenShare {
  readonly atMs: number;
  readonly good: number;
  readonly total: number;
}

/** One request in five fails, for half a minute: that is more than noise. */
const OUTAGE_BELOW = 0.8;
const SHORTEST_OUTAGE_MS = 30_000;
/** Fewer requests in a window tell nothing. */
const LEAST_REQUESTS = 10;
/** Longer than any past: nothing is ever removed. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** The rule with nothing but a success rate, by which nothing ever moves. */
export function watchingOnly(rule: Rule, windowMs: number): Rule {
  const successRate = { failBelow: OUTAGE_BELOW, recoverAbove: 1, windowMs, minRequests: LEAST_REQUESTS, failAfterMs: NEVER_MS };
  return { ...rule, signals: { successRate } };
}

/** What was seen at each tick with enough requests. */
export function seenShares(frames: Iterable<Frame>, rules: RuleSet, windowMs: number, intervalMs: number): readonly SeenShare[] {
  const watching = { ...rules, rules: rules.rules.map((rule) => watchingOnly(rule, windowMs)) };
  return [...replay(frames, watching, intervalMs)].flatMap(({ atMs, after }) => {
    const [route] = after.routes.values();
    const worst = route === undefined ? null : worstOf(route);
    return worst === null ? [] : [{ atMs, ...worst }];
  });
}

/** The outages in what was seen, the oldest first. */
export function outagesIn(seen: readonly SeenShare[], intervalMs: number): readonly Outage[] {
  const outages: Outage[] = [];
  for (const { atMs, good, total } of seen) {
    const share = good / total;
    if (share >= OUTAGE_BELOW) continue;
    const last = outages.at(-1);
    if (last !== undefined && atMs - last.untilMs <= SHORTEST_OUTAGE_MS)
      outages[outages.length - 1] = { ...last, untilMs: atMs, good: Math.min(last.good, share) };
    else outages.push({ fromMs: atMs - intervalMs, untilMs: atMs, good: share });
  }
  return outages.filter(({ fromMs, untilMs }) => untilMs - fromMs >= SHORTEST_OUTAGE_MS);
}

function worstOf({ splits, backends }: RouteState): Pick<SeenShare, "good" | "total"> | null {
  const shares = liveShares(splits.map(({ live }) => live));
  const readings = [...backends.values()]
    .filter(({ backend }) => (shares.get(backend) ?? 0) > 0)
    .flatMap(({ judgement }) => judgement.soft.map(({ reading }) => reading))
    .flatMap((reading) => (reading.state === "value" && "total" in reading ? [{ good: reading.good, total: reading.total }] : []));
  const [first, ...others] = readings;
  if (first === undefined) return null;
  return others.reduce((worst, own) => (own.good / own.total < worst.good / worst.total ? own : worst), first);
}

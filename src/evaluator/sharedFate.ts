import type { Rule } from "../rules/ruleSet.ts";
import type { MovedBackend, RouteSituation } from "./movePhases.ts";
import { splitShares, splitTiers } from "./shares.ts";
import { candidatesOf } from "./wishes.ts";

/** A share that grows by less than this does not grow. */
const SHARE_TOLERANCE = 1e-9;

/**
 * Who may not leave on metrics, though the evidence has lasted: those whose load would go to somebody who is doing
 * significantly worse. The worst is asked first, since nobody it could hand its load to is worse; who remains is asked
 * about a world in which the worse ones are gone.
 */
export function sharedFate(moved: ReadonlyMap<string, MovedBackend>, situation: RouteSituation, rule: Rule): ReadonlySet<string> {
  const leavers: string[] = [];
  for (const [backend, own] of moved) if (leavesOnMetrics(own)) leavers.push(backend);
  if (leavers.length === 0) return NOBODY;
  const upper = (backend: string) => moved.get(backend)?.judgement.interval?.upper ?? 1;
  leavers.sort((a, b) => upper(a) - upper(b) || (a < b ? -1 : 1));
  const held = new Set<string>();
  let world = new Map(moved);
  for (const [backend, own] of moved) if (leavers.includes(backend)) world.set(backend, { ...own, state: own.before });
  for (const backend of leavers) {
    const without = new Map(world);
    const gone = moved.get(backend);
    if (gone !== undefined) without.set(backend, gone);
    if (fareWorse(backend, takers(backend, world, without, situation, rule), moved, situation)) held.add(backend);
    else world = without;
  }
  return held;
}

const NOBODY: ReadonlySet<string> = new Set();

function leavesOnMetrics({ before, state }: MovedBackend): boolean {
  if (state.phase !== "out" || state.cause === "readiness" || state.cause === "gateway") return false;
  return before.phase === "serving" || before.phase === "suspect";
}

/** Whose share grows when this one leaves; where nobody would serve then, everybody who still could at this look. */
function takers(
  backend: string,
  world: ReadonlyMap<string, MovedBackend>,
  without: ReadonlyMap<string, MovedBackend>,
  { splits, tiers }: RouteSituation,
  rule: Rule,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const split of splits) {
    const sharesIn = (moved: ReadonlyMap<string, MovedBackend>) => {
      const candidates = candidatesOf(split, moved);
      return splitShares(candidates, splitTiers(candidates, tiers, rule.fallback.order), rule);
    };
    const then = sharesIn(without);
    const now = sharesIn(world).shares;
    for (const { backend: other } of split.split.backends) {
      const grows = (then.shares.get(other) ?? 0) > (now.get(other) ?? 0) + SHARE_TOLERANCE;
      const could = world.get(other)?.before.phase !== "out" && world.get(other)?.judgement.readiness !== "unfit";
      if (other !== backend && (then.noneFit ? could : grows)) found.add(other);
    }
  }
  return found;
}

/**
 * Whether these would fare worse with the load than its bearer: one of them is judged so, or all of them look so, on
 * however few requests. Worse is an upper bound below the bearer's lower one.
 */
function fareWorse(
  bearer: string,
  takers: ReadonlySet<string>,
  moved: ReadonlyMap<string, MovedBackend>,
  { shares }: RouteSituation,
): boolean {
  const own = moved.get(bearer)?.judgement.interval ?? null;
  if (own === null) return false;
  const worse = [...takers].filter((taker) => (moved.get(taker)?.judgement.interval?.upper ?? 1) < own.lower);
  const isJudged = (taker: string) => moved.get(taker)?.judgement.readings.successRate?.state === "value";
  // Who carries some of the load already and is too quiet to be judged will be judged by what it gets.
  const telling = worse.filter((taker) => isJudged(taker) || (shares.get(taker) ?? 0) === 0);
  return telling.some(isJudged) || (telling.length > 0 && telling.length === takers.size);
}

import { weightOf } from "../../src/routes/weight.ts";
import type { Rule } from "../../src/rules/ruleSet.ts";
import { sharesIn } from "./remembered.ts";
import { type SceneSplit, spelled } from "./sceneRoute.ts";

/** Rounding to integer weights, of which a standby has at least one. */
const ROUNDING = 0.02;

/** Whether these are the weights while all backends serve: the owner's, in the owner's spelling, or with the rule's share for standbys. */
export function isAtRest(live: readonly SceneSplit[], wanted: readonly SceneSplit[], { fallback: { standbyShare } }: Rule): boolean {
  return wanted.every((own) => {
    const split = live.find(({ name }) => name === own.name);
    if (split === undefined) return false;
    const standbys = own.backends.filter(({ weight }) => weightOf(weight) === 0).length;
    if (standbyShare === 0 || standbys === 0) return spelled([split]) === spelled([own]);
    const shares = sharesIn(split);
    return [...sharesIn(own)].every(([service, share]) => {
      const expected = share === 0 ? standbyShare / standbys : share * (1 - standbyShare);
      return Math.abs((shares.get(service) ?? 0) - expected) <= ROUNDING;
    });
  });
}

import type { Spelling } from "../../src/routes/route.ts";
import type { Dice } from "./dice.ts";
import type { SceneKind } from "./sceneRoute.ts";

const STYLES = ["primary", "active", "small", "large"] as const;
/** Only a TrafficSplit accepts the additional ones. */
const SPLIT_STYLES = [...STYLES, "fractions", "texts", "millis"] as const;
/** Larger than the largest sum of computed weights. */
const LARGE = [100_001, 300_000] as const;

/** Draws weights in any spelling that an owner can use for this kind of route. The first one is never 0. */
export function drawWeights(dice: Dice, kind: SceneKind, count: number): readonly Spelling[] {
  const one = (weight: Spelling, rest: Spelling) => [weight, ...Array.from({ length: count - 1 }, () => rest)];
  const active = () => Array.from({ length: count }, () => dice.whole(1, 97));
  switch (dice.pick(kind === "TrafficSplit" ? SPLIT_STYLES : STYLES)) {
    case "primary":
      return one(100, 0);
    case "active":
      return active();
    case "small":
      return one(1, dice.whole(0, 1));
    case "large":
      return one(dice.whole(...LARGE), 0);
    case "fractions":
      return active().map((weight) => weight / 2);
    case "texts":
      return one(String(dice.whole(1, 100)), "0");
    case "millis":
      return active().map((weight) => `${weight}m`);
  }
}

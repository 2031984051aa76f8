import type { Spelling } from "../../src/routes/route.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import type { RuleSet } from "../../src/rules/ruleSet.ts";
import type { Dice } from "./dice.ts";

/** A TrafficSplit of a scene, as its owner wants it. */
export interface SceneSplit {
  readonly namespace: string;
  readonly name: string;
  readonly backends: readonly string[];
  readonly weights: readonly Spelling[];
  /** Requests a second. */
  readonly rate: number;
}

/** Where a story plays, before anything happens. */
export interface Scene {
  readonly intervalMs: number;
  readonly scrapeMs: number;
  readonly rules: RuleSet;
  readonly splits: readonly SceneSplit[];
  readonly replicas: number;
  /** One more replica that must never write. */
  readonly withDryRun: boolean;
  /** What decides how long everything may take to be as before. */
  readonly longestWaitMs: number;
  readonly returnMs: number;
}

const NAMESPACES = ["shop", "bank"] as const;

/** Draws a scene. Waits are short, so that a whole failover and return fit into a few minutes. */
export function drawScene(dice: Dice): Scene {
  const everySeconds = dice.whole(5, 15);
  const steps = dice.pick([["5%", "25%", "50%"], ["10%"], [], ["5%", "10%", "25%", "50%", "75%"]] as const);
  const longestWaitSeconds = dice.whole(40, 100);
  const rules = `version: 1
rules:
  - name: world
    failAfter: ${dice.whole(0, 12)}s
    recoverAfter: ${dice.whole(5, 30)}s
    return: {steps: [${steps.join(", ")}], every: ${everySeconds}s}
    damping: {factor: 2, max: ${longestWaitSeconds}s, forgetAfter: ${dice.whole(1, 5)}m}
    fallback: {order: ${dice.pick(["together", "listed"])}}
    whenNoneFit: ${dice.chance(0.2) ? "hold" : "readiness"}
brakes:
  maxShifted: {share: ${dice.pick([20, 50])}%, atLeast: ${dice.whole(1, 2)}, within: ${dice.pick([20, 60])}s}
`;
  const parsed = parseRules(rules, "scene");
  if (!parsed.ok) throw new Error(`the scene's rules are wrong: ${JSON.stringify(parsed.problems)}`);
  return {
    intervalMs: dice.pick([2_000, 5_000]),
    scrapeMs: dice.pick([5_000, 10_000]),
    rules: parsed.rules,
    splits: Array.from({ length: dice.pick([1, 2, 3, 7]) }, (_, i) => drawSplit(dice, `web${i}`)),
    replicas: dice.whole(1, 2),
    withDryRun: dice.chance(0.3),
    longestWaitMs: longestWaitSeconds * 1_000,
    returnMs: (steps.length + 1) * everySeconds * 1_000,
  };
}

function drawSplit(dice: Dice, name: string): SceneSplit {
  const backends = [name, `${name}-east`, `${name}-west`].slice(0, dice.whole(2, 3));
  return { namespace: dice.pick(NAMESPACES), name, backends, weights: drawWeights(dice, backends.length), rate: dice.pick([3, 20, 60]) };
}

/** Weights as owners write them, in all the ways in which a TrafficSplit may spell them. The first one is never 0. */
export function drawWeights(dice: Dice, count: number): readonly Spelling[] {
  const others = count - 1;
  const one = (weight: Spelling, rest: Spelling) => [weight, ...Array.from({ length: others }, () => rest)];
  const active = () => Array.from({ length: count }, () => dice.whole(1, 97));
  switch (dice.pick(["primary", "active", "small", "large", "fractions", "texts", "millis"] as const)) {
    case "primary":
      return one(100, 0);
    case "active":
      return active();
    case "small":
      return one(1, dice.whole(0, 1));
    case "large":
      return one(dice.whole(100_001, 300_000), 0);
    case "fractions":
      return active().map((weight) => weight / 2);
    case "texts":
      return one(String(dice.whole(1, 100)), "0");
    case "millis":
      return active().map((weight) => `${weight}m`);
  }
}

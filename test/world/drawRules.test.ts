import { describe, expect, it } from "vitest";
import { parseRules } from "../../src/rules/parseRules.ts";
import { Dice } from "./dice.ts";
import { drawRules, paceOf, rightRules, spoilRules } from "./drawRules.ts";

const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);
const RHYTHM = { intervalMs: 5_000, scrapeMs: 30_000 };

describe("drawn rules", () => {
  it("are right, and look back over three scrapes", () => {
    for (const seed of SEEDS) {
      const { rules } = rightRules(drawRules(new Dice(seed, "rules"), RHYTHM));
      expect(rules[0]?.signals.successRate?.windowMs).toBe(90_000);
    }
  });

  it("are wrong once they are spoilt", () => {
    for (const seed of SEEDS) {
      const dice = new Dice(seed, "rules");
      const text = spoilRules(dice, drawRules(dice, RHYTHM));
      expect({ text, ok: parseRules(text, "rules.yaml").ok }).toEqual({ text, ok: false });
    }
  });

  it("give who looks rarely more time", () => {
    const rules = rightRules(drawRules(new Dice(1, "rules"), RHYTHM));
    const rare = paceOf(rules, { ...RHYTHM, intervalMs: 30_000 });
    expect(rare.toldMs).toBe(paceOf(rules, RHYTHM).toldMs + 75_000);
  });
});

import { describe, expect, it } from "vitest";
import { parseRules } from "../../src/rules/parseRules.ts";
import { Dice } from "./dice.ts";
import { drawRules, paceOf, rightRules, spoilRules } from "./drawRules.ts";

const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);
const RHYTHM = { intervalMs: 5_000, scrapeMs: 30_000 };

describe("drawn rules", () => {
  it("are valid, with a window of three scrapes", () => {
    for (const seed of SEEDS) {
      const { rules } = rightRules(drawRules(new Dice(seed, "rules"), RHYTHM));
      expect(rules[0]?.signals.successRate?.windowMs).toBe(90_000);
    }
  });

  it("are invalid after spoilRules", () => {
    for (const seed of SEEDS) {
      const dice = new Dice(seed, "rules");
      const text = spoilRules(dice, drawRules(dice, RHYTHM));
      expect({ text, ok: parseRules(text, "rules.yaml").ok }).toEqual({ text, ok: false });
    }
  });

  it("allow more time for a longer interval", () => {
    const rules = rightRules(drawRules(new Dice(1, "rules"), RHYTHM));
    const rare = paceOf(rules, { ...RHYTHM, intervalMs: 30_000 });
    expect(rare.fullEvidenceMs).toBe(paceOf(rules, RHYTHM).fullEvidenceMs + 75_000);
  });
});

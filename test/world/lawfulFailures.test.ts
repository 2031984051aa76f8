import { describe, expect, it } from "vitest";
import { Dice } from "./dice.ts";
import { drawRules, rightRules, ruleOf } from "./drawRules.ts";
import { type Lawful, lawfulFailures, type Standing } from "./lawfulFailures.ts";

const LONG = Number.POSITIVE_INFINITY;
const rule = ruleOf(rightRules(drawRules(new Dice(1, "rules"), { intervalMs: 5_000, scrapeMs: 10_000 })));
const SICK: Standing = {
  service: "web",
  share: 1,
  reachable: true,
  worseForMs: LONG,
  betterForMs: LONG,
  gainedForMs: LONG,
  smaller: 1,
  tries: 0,
  convicted: false,
  onTrial: false,
  outgrown: false,
};
const EAST: Standing = { ...SICK, service: "web-east", share: 0 };

function lawful(web: Partial<Standing>, given: Partial<Lawful> = {}, east: Partial<Standing> = {}): number {
  const singles = new Map([
    ["web", 10],
    ["web-east", 2],
  ]);
  const expected = { failures: 10, byBackend: new Map([["web", 10]]) };
  const standings = [
    { ...SICK, ...web },
    { ...EAST, ...east },
  ];
  return lawfulFailures({ rate: 20, expected, singles, standings, rule, batches: null, detectMs: 60_000, returnMs: 300_000, ...given })
    .failures;
}

describe("lawfulFailures", () => {
  it.each([
    ["nothing after the time that detection takes", {}, 0],
    ["all until then", { worseForMs: 59_000 }, 10],
    ["a trial", { onTrial: true, convicted: true }, 10],
    ["the first try of a backend", { tries: 1, gainedForMs: 1_000 }, 10],
    ["no second one", { tries: 2, gainedForMs: 1_000 }, 0],
    ["no try of one that was removed because of metrics", { tries: 1, gainedForMs: 1_000, convicted: true }, 0],
    ["more load than a crowded backend can answer, until that is seen", { outgrown: true, gainedForMs: 59_000, convicted: true }, 10],
    ["no longer", { outgrown: true, gainedForMs: 61_000, convicted: true }, 0],
  ] as const)("allows %s", (_, web, expected) => {
    expect(lawful(web)).toBe(expected);
  });

  it("allows what cannot be proved with few requests, unless it was proved before", () => {
    expect(lawful({}, { rate: 0.2 })).toBe(10);
    expect(lawful({ convicted: true }, { rate: 0.2 })).toBe(0);
  });

  it("allows the first burst after a return, if one burst is too short to prove anything", () => {
    const bursts = { batches: { everyMs: 100_000, lastMs: 1_000 } };
    expect(lawful({ convicted: true, gainedForMs: 59_000 }, bursts)).toBe(10);
    expect(lawful({ convicted: true, gainedForMs: 61_000 }, bursts)).toBe(0);
    const longer = { batches: { everyMs: 100_000, lastMs: 5_000 } };
    expect(lawful({ convicted: true, gainedForMs: 59_000 }, longer)).toBe(0);
    expect(lawful({ convicted: true, gainedForMs: 59_000, smaller: 0.1 }, longer)).toBe(10);
    expect(lawful({ convicted: true, gainedForMs: 59_000, smaller: 0.3 }, longer)).toBe(0);
  });

  it("allows what a better backend would have saved, until it is back", () => {
    expect(lawful({}, {}, { betterForMs: 299_000 })).toBe(8);
    expect(lawful({}, {}, { betterForMs: 301_000 })).toBe(0);
  });

  it("allows a trial by all of the load where returns have no steps, even of a backend that turns out to be dead", () => {
    const atOnce = { rule: { ...rule, return: { ...rule.return, steps: [] } } };
    const dead = { reachable: false, convicted: true, tries: 2 };
    expect(lawful({ ...dead, gainedForMs: 59_000 }, atOnce)).toBe(20);
    expect(lawful({ ...dead, gainedForMs: 61_000 }, atOnce)).toBe(0);
    expect(lawful({ ...dead, gainedForMs: 59_000 })).toBe(0);
  });
});

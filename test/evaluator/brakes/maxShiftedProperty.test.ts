import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { Story } from "../../../src/simulator/story.ts";
import { decisionsOf, go, tell } from "../randomStory.ts";

describe("P12: the limits of the brakes are never exceeded", () => {
  const many = fc.integer({ min: 1, max: 12 });
  it("no more routes than the limit leave their baseline because of metrics within the sliding time", () => {
    const inputs = fc.record({
      count: many,
      atLeast: fc.integer({ min: 1, max: 3 }),
      share: fc.constantFrom(0, 0.25, 0.5),
      faults: fc.array(fc.tuple(fc.nat(11), fc.nat(60)), { maxLength: 24 }),
      restarts: fc.array(fc.nat(80), { maxLength: 2 }),
    });
    const property = fc.property(inputs, ({ count, atLeast, share, faults, restarts }) => {
      const brakes = { ...DEFAULT_RULES.brakes, maxShifted: { share, atLeast, withinMs: 60_000 } };
      const story = new Story({ ...DEFAULT_RULES, brakes });
      for (let i = 0; i < count; i++) tell(story, `split r${i}: a${i} 100, b${i} 0`);
      tell(story, "traffic 40/s");
      const left: number[] = [];
      for (let tick = 0; tick < 90; tick++) {
        for (const [route, at] of faults) if (at === tick && route < count) tell(story, `a${route}: 40% good`);
        if (restarts.includes(tick)) tell(story, "restart");
        for (const { splits, direction } of decisionsOf(go(story, 1))) {
          if (direction === "failover" && splits[0]?.before[Object.keys(splits[0].before)[0] ?? ""] === 100) left.push(story.nowMs);
        }
      }
      const most = Math.max(atLeast, Math.floor(share * count));
      for (const atMs of left) expect(left.filter((other) => other >= atMs && other < atMs + 60_000).length).toBeLessThanOrEqual(most);
    });
    fc.assert(property, { numRuns: 40 });
  }, 60_000);
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectSignalLoss, type Measurement } from "../../../src/evaluator/brakes/signalLoss.ts";
import type { SignalLoss } from "../../../src/evaluator/model/brakeState.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { Story } from "../../../src/simulator/story.ts";
import { go, tell } from "../randomStory.ts";

const SHARE = 0.5;

function routes(before: "value" | "none", now: "lost" | "seen", count: number, first = 0): readonly Measurement[] {
  return Array.from({ length: count }, (_, i) => ({ key: `r${first + i}`, hadValue: before === "value", isLost: now === "lost" }));
}

describe("an outage of the monitoring", () => {
  const begins = (...measurements: readonly Measurement[]) => detectSignalLoss(null, measurements, measurements.length, SHARE, 0) !== null;

  it("begins when the share of routes that lose their metrics in one tick is reached", () => {
    expect(begins(...routes("value", "lost", 3), ...routes("value", "seen", 3, 3))).toBe(true);
    expect(begins(...routes("value", "lost", 2), ...routes("value", "seen", 3, 3))).toBe(false);
  });

  it("is found from the first measurements as from all of them, for every share", () => {
    const kept = fc.array(fc.record({ key: fc.uuid(), hadValue: fc.boolean(), isLost: fc.boolean() }), { maxLength: 12 });
    fc.assert(
      fc.property(kept, fc.constantFrom(0.1, 0.3, 0.5, 0.7, 0.9, 1), (measurements, share) => {
        const had = measurements.filter(({ hadValue }) => hadValue);
        const lost = had.filter(({ isLost }) => isLost).length;
        const isOut = had.length >= 5 && lost / had.length >= share;
        expect(detectSignalLoss(null, measurements, measurements.length, share, 0) !== null).toBe(isOut);
      }),
      { numRuns: 1_000 },
    );
  });

  it("needs five routes that had metrics, and does not count the others", () => {
    expect(begins(...routes("value", "lost", 4))).toBe(false);
    expect(begins(...routes("value", "lost", 5))).toBe(true);
    expect(begins(...routes("none", "lost", 20), ...routes("value", "seen", 5, 20))).toBe(false);
  });

  it("lasts until most of the routes have a reading again, quiet or not, and ten minutes at most", () => {
    const loss = detectSignalLoss(null, routes("value", "lost", 6), 6, SHARE, 0);
    const after = (nowMs: number, ...measurements: readonly Measurement[]): SignalLoss | null =>
      detectSignalLoss(loss, measurements, measurements.length, SHARE, nowMs);
    expect(after(5_000, ...routes("none", "lost", 6))).toBe(loss);
    expect(after(5_000, ...routes("none", "lost", 3), ...routes("none", "seen", 3, 3))).toBe(loss);
    expect(after(5_000, ...routes("none", "lost", 2), ...routes("none", "seen", 4, 2))).toBeNull();
    expect(after(599_000, ...routes("none", "lost", 6))).toBe(loss);
    expect(after(600_000, ...routes("none", "lost", 6))).toBeNull();
    expect(after(5_000)).toBeNull();
  });

  it("is as long whenever it began", () => {
    const sinceMs = 1_000_000;
    const loss = detectSignalLoss(null, routes("value", "lost", 6), 6, SHARE, sinceMs);
    expect(detectSignalLoss(loss, routes("none", "lost", 6), 6, SHARE, sinceMs + 599_000)).toBe(loss);
    expect(detectSignalLoss(loss, routes("none", "lost", 6), 6, SHARE, sinceMs + 600_000)).toBeNull();
  });
});

it("two decisions on a route are a second apart, and the brake is reported meanwhile", () => {
  const story = new Story(DEFAULT_RULES);
  tell(story, "split web: web 100, east 0", "traffic 40/s");
  go(story, 1);
  tell(story, "web: no endpoints");
  expect(story.tick().decisions).toHaveLength(1);
  tell(story, "annotate web: failover.linkerd.io/pin=web");
  const held = story.tick();
  expect(held.decisions).toEqual([]);
  expect([...held.after.routes.values()][0]?.brakes).toContain("minTimeBetweenWrites");
  story.passSecond();
  expect(story.tick().decisions).toHaveLength(1);
});

it("a decision that has not landed yet is made again at each tick, and no brake holds it", () => {
  const story = new Story(DEFAULT_RULES);
  tell(story, "split web: web 100, east 0", "traffic 40/s");
  go(story, 1);
  tell(story, "web: no endpoints", "writes fail");
  for (let tick = 0; tick < 5; tick++) {
    const { decisions, after } = story.tick();
    expect(decisions).toHaveLength(1);
    expect([...after.routes.values()].flatMap(({ brakes }) => brakes)).toEqual([]);
  }
});

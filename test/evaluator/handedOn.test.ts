import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { step } from "../../src/evaluator/step.ts";
import { begin, plot, TICKS, tell } from "./randomStory.ts";

const TIME_LIMIT_MS = 60_000;
const STORIES = 40;

describe("what a tick returns again from the tick before", { timeout: TIME_LIMIT_MS }, () => {
  it("is what a new evaluation gives", () => {
    let reused = 0;
    fc.assert(
      fc.property(plot(), ({ rules, weights, events }) => {
        const story = begin({ rules, weights });
        for (let tick = 0; tick < TICKS; tick++) {
          for (const [at, text] of events) if (at === tick) tell(story, text);
          // Copies share no object with the state before, so nothing of it can be reused.
          const remembered = structuredClone(story.state);
          const seen = structuredClone(story.observe());
          const { before, after, decisions } = story.tick();
          const expected = step(remembered, seen, structuredClone(rules), story.steadyMs);
          expect({ after, decisions }).toEqual({ after: expected.state, decisions: expected.decisions });
          for (const [key, route] of after.routes) if (route === before.routes.get(key)) reused += 1;
          for (let second = 0; second < story.intervalMs / 1_000; second++) story.passSecond();
        }
      }),
      { numRuns: STORIES },
    );
    expect(reused).toBeGreaterThan(0);
  });
});

import { expect, it } from "vitest";
import type { Endpoints, Observation } from "../../../src/evaluator/model/observation.ts";
import { initialState } from "../../../src/evaluator/model/state.ts";
import { step } from "../../../src/evaluator/step.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { routeOf } from "../../routes/routeObjects.ts";

const TICK_MS = 5_000;

/** One tick of a TrafficSplit without any weight. */
function evaluate(ready: Readonly<Record<string, number>>) {
  const endpoints = new Map(
    Object.entries(ready).map(([service, count]): [string, Endpoints] => [
      `shop/${service}`,
      { state: "counted", ready: count, notReady: 0 },
    ]),
  );
  const observation: Observation = { routes: [routeOf(["web", 0], ["east", 0])], endpoints, metrics: null, clusters: new Map() };
  const { state, decisions } = step(initialState(TICK_MS, "test"), observation, DEFAULT_RULES, 0);
  const [route] = state.routes.values();
  return { route, decisions };
}

it("reports a route without any weight as it is, and evaluates it as if its primary had all", () => {
  const { route, decisions } = evaluate({ web: 1, east: 1 });
  expect(decisions).toEqual([]);
  expect(route).toMatchObject({ shifted: false, splits: [{ live: { web: 0, east: 0 }, baseline: { web: 100, east: 0 } }] });
});

it("reports a write over zero weights as a change from zero", () => {
  const { decisions } = evaluate({ web: 0, east: 1 });
  expect(decisions).toMatchObject([
    { direction: "failover", cause: "readiness", splits: [{ before: { web: 0, east: 0 }, after: { web: 0, east: 100 } }] },
  ]);
});

import { expect, it } from "vitest";
import { initialState } from "../../../src/evaluator/model/state.ts";
import { step } from "../../../src/evaluator/step.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { readHttpRoute, rule } from "../../routes/gatewayObjects.ts";
import { routeOf } from "../../routes/routeObjects.ts";

/** What is remembered of each split when the first backend has no endpoints. */
function remembered(route: Parameters<typeof step>[1]["routes"][number]) {
  const endpoints = new Map([["shop/east", { state: "counted", ready: 1, notReady: 0 } as const]]);
  const observation = { routes: [route], endpoints, metrics: null, clusters: new Map() };
  const { decisions } = step(initialState(5_000, "test"), observation, DEFAULT_RULES, 0);
  return decisions[0]?.desired.memory.splits;
}

it("the memory that is written names the matches of each rule, so that the rule is known wherever it stands later", () => {
  const on = (path: string) => ({ matches: [{ path: { type: "PathPrefix", value: path } }], ...rule(["web", 100], ["east", 0]) });
  const route = readHttpRoute([on("/a"), on("/b")]);
  const splits = remembered(route);
  expect(Object.keys(splits ?? {})).toEqual(["0", "1"]);
  for (const { name, matches } of route.splits) {
    expect(matches).toBeDefined();
    expect(splits?.[name]).toEqual({ matches, baseline: { web: [100], east: [0] }, written: { web: 0, east: 100 } });
  }
});

it("a split without matches is remembered without them", () => {
  expect(remembered(routeOf(["web", 100], ["east", 0]))).toEqual({
    "0": { baseline: { web: [100], east: [0] }, written: { web: 0, east: 100 } },
  });
  expect(Object.keys(remembered(routeOf(["web", 100], ["east", 0]))?.["0"] ?? {})).toEqual(["baseline", "written"]);
});

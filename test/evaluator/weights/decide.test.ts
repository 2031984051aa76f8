import { expect, it } from "vitest";
import { initialState } from "../../../src/evaluator/model/state.ts";
import { step } from "../../../src/evaluator/step.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { readHttpRoute, rule } from "../../routes/gatewayObjects.ts";

it("a decision tells the splits that change, writes all, and remembers all", () => {
  const route = readHttpRoute([rule(["web", 100], ["east", 0]), rule(["api", 100], ["west", 0])]);
  const ready = { state: "counted", ready: 1, notReady: 0 } as const;
  // There is none of `api`.
  const endpoints = new Map(["web", "east", "west"].map((name) => [`shop/${name}`, ready]));
  const observation = { routes: [route], endpoints, metrics: null, clusters: new Map() };
  const { decisions } = step(initialState(5_000, "test"), observation, DEFAULT_RULES, 0);
  expect(decisions).toMatchObject([{ direction: "failover", cause: "readiness" }]);
  const [decision] = decisions;
  expect(decision?.splits).toEqual([
    { name: "1", baseline: { api: 100, west: 0 }, before: { api: 100, west: 0 }, after: { api: 0, west: 100 } },
  ]);
  expect(decision?.desired.splits.map(({ name, backends }) => [name, backends.map(({ weight }) => weight)])).toEqual([
    ["0", [100, 0]],
    ["1", [0, 100]],
  ]);
  expect(Object.keys(decision?.desired.memory.splits ?? {})).toEqual(["0", "1"]);
});

import { describe, expect, it } from "vitest";
import type { Counts, Metrics } from "../../../src/evaluator/model/observation.ts";
import { initialState } from "../../../src/evaluator/model/state.ts";
import { step } from "../../../src/evaluator/step.ts";
import { routeKey } from "../../../src/routes/route.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { codecOf, httpRoute, rule } from "../../routes/gatewayObjects.ts";

const INTERVAL_MS = 5_000;
const WINDOW_MS = 30_000;
const TICKS = 12;

type Pair = readonly [total: number, failures: number];

const counts = ([total, failures]: Pair): Counts => ({ total, failures });

/** Evaluates an HTTPRoute with these rules for a minute while nothing changes; returns the weights of the first decision. */
function evaluate(rules: readonly Record<string, unknown>[], leaves: Readonly<Record<string, Pair>>, ofRoute: Pair) {
  const route = codecOf("HTTPRoute").read(httpRoute([...rules]));
  const answer = {
    leaves: new Map(Object.entries(leaves).map(([name, pair]) => [`shop/${name}`, counts(pair)])),
    apexes: new Map(),
    routes: new Map([[routeKey(route), counts(ofRoute)]]),
  };
  const metrics: Metrics = {
    requests: new Map([[WINDOW_MS, { state: "answered", value: answer }]]),
    latency: new Map(),
    unanswered: new Map(),
    gateways: { state: "answered", value: new Map() },
    queries: new Map(),
  };
  const ready = { state: "counted", ready: 2, notReady: 0 } as const;
  const endpoints = new Map(["web", "east", "north", "admin"].map((name) => [`shop/${name}`, ready]));
  let state = initialState(INTERVAL_MS, "test");
  for (let tick = 0; tick < TICKS; tick++) {
    const next = step(state, { routes: [route], endpoints, metrics, clusters: new Map() }, DEFAULT_RULES, tick * INTERVAL_MS);
    state = next.state;
    const [decision] = next.decisions;
    if (decision !== undefined) return decision.splits.map(({ name, after }) => ({ name, after }));
  }
  return [];
}

describe("failures that only the route's own series count", () => {
  it("are attributed to a primary that answered almost nothing", () => {
    const moved = evaluate([rule(["web", 100], ["east", 0])], { web: [30, 0] }, [1_500, 1_460]);
    expect(moved).toEqual([{ name: "0", after: { web: 0, east: 100 } }]);
  });

  it.each([
    ["answers nothing but 500", { web: [1_000, 0], admin: [500, 500] }],
    ["is dead", { web: [1_000, 0] }],
  ] as const)("may be those of a rule that is no split, whose only backend %s", (_, leaves) => {
    expect(evaluate([rule(["web", 100], ["east", 0]), rule(["admin", 1])], leaves, [1_500, 500])).toEqual([]);
  });

  it("move the split whose primary is dead, and no other", () => {
    const moved = evaluate(
      [rule(["web", 100], ["north", 0]), rule(["east", 100], ["north", 0])],
      { web: [10, 0], east: [500, 0] },
      [1_010, 500],
    );
    expect(moved).toEqual([{ name: "0", after: { web: 0, north: 100 } }]);
  });

  it("may be those of another rule where one cannot be read", () => {
    const unreadable = { backendRefs: [{ kind: "Bucket", name: "a" }, { name: "admin" }] };
    expect(evaluate([rule(["web", 100], ["east", 0]), unreadable], { web: [1_000, 0] }, [1_500, 500])).toEqual([]);
  });

  it("do not count against a rule's standby while another rule still goes to the dead primary", () => {
    expect(
      evaluate([rule(["web", 0], ["east", 50], ["north", 50]), rule(["web", 1])], { east: [500, 0], north: [250, 0] }, [1_500, 500]),
    ).toEqual([]);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Decision } from "../../src/evaluator/model/decision.ts";
import type { Endpoints, Observation } from "../../src/evaluator/model/observation.ts";
import { initialState } from "../../src/evaluator/model/state.ts";
import { step } from "../../src/evaluator/step.ts";
import { reconcileBaseline } from "../../src/routes/baseline.ts";
import { type RouteKind, type Split, serviceKey } from "../../src/routes/route.ts";
import { weightOfAll } from "../../src/routes/weight.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { codecOf, httpRoute, rule } from "../routes/gatewayObjects.ts";
import { ownersPart } from "../routes/ownersPart.ts";
import { applyJsonPatch } from "../world/jsonPatch.ts";

const TICK_MS = 60_000;
/** Longer than the longest wait and all steps of a return together. */
const QUIET_TICKS = 120;
const PROPERTY_TIME_LIMIT_MS = 120_000;

const SERVICES = ["web", "east", "north", "west.dr"];

const weight = fc.constantFrom(undefined, 0, 0, 1, 3, 10, 100, 333, 99_999, 1_000_000);
const drawnRule = fc.array(fc.tuple(fc.constantFrom(...SERVICES), weight), { minLength: 1, maxLength: 5 }).map((pairs) => rule(...pairs));
const drawn = fc.record({
  kind: fc.constantFrom<RouteKind>("HTTPRoute", "HTTPRoute.policy.linkerd.io", "GRPCRoute"),
  rules: fc.array(fc.tuple(drawnRule, fc.constantFrom(undefined, "read", "write")), { minLength: 1, maxLength: 4 }),
  primary: fc.constantFrom(undefined, "east"),
  /** At each tick, which Services have no ready endpoint. */
  down: fc.array(fc.subarray(SERVICES), { minLength: 1, maxLength: 30 }),
});

/** Evaluates a route tick by tick, and patches its object with each decision as the API server would. */
function play({ kind, rules, primary, down }: typeof drawn extends fc.Arbitrary<infer T> ? T : never, quietTicks: number) {
  const codec = codecOf(kind);
  const annotations = primary === undefined ? {} : { annotations: { "failover.linkerd.io/primary-service": primary } };
  const original = httpRoute(
    rules.map(([own, name]) => ({ ...own, ...(name === undefined ? {} : { name }), timeouts: { request: "1s" } })),
    annotations,
  );
  const decisions: Decision[] = [];
  let object: unknown = original;
  let state = initialState(TICK_MS, "test");
  for (let tick = 0; tick < down.length + quietTicks; tick++) {
    const route = codec.read(object);
    const result = step(state, observe([route], down[tick] ?? []), DEFAULT_RULES, tick * TICK_MS);
    state = result.state;
    for (const decision of result.decisions) {
      decisions.push(decision);
      const outcome = applyJsonPatch(object, codec.patch(route, decision.desired));
      if (outcome.state !== "patched") throw new Error(outcome.message);
      object = outcome.value;
    }
  }
  return { original, object, decisions, first: codec.read(original), last: codec.read(object) };
}

function observe(routes: Observation["routes"], down: readonly string[]): Observation {
  const endpoints = new Map<string, Endpoints>();
  for (const service of SERVICES) {
    endpoints.set(serviceKey("shop", service), { state: "counted", ready: down.includes(service) ? 0 : 2, notReady: 0 });
  }
  return { routes, endpoints, metrics: null, clusters: new Map() };
}

function allowedSums(baselineSum: number): readonly number[] {
  return [Math.min(Math.max(baselineSum, 100), 100_000), 1_000, 10_000];
}

const weightsOf = (split: Split) => split.backends.map((b) => [b.backend, b.weight]);

describe("for every route with several splits, and every order in which endpoints come and go", { timeout: PROPERTY_TIME_LIMIT_MS }, () => {
  it("each split has whole weights with an allowed sum, or exactly the owner's, and never only zeros", () => {
    fc.assert(
      fc.property(drawn, (story) => {
        for (const { desired, splits } of play(story, 0).decisions) {
          for (const { name, backends } of desired.splits) {
            const baseline = desired.memory.splits[name]?.baseline ?? {};
            const sum = backends.reduce((total, b) => total + b.weight, 0);
            expect(sum).toBeGreaterThan(0);
            for (const { spellings } of backends) for (const spelling of spellings) expect(isValidSpelling(spelling)).toBe(true);
            const before = splits.find((split) => split.name === name)?.before;
            // A split that is not changed stays in the owner's spelling.
            if (before === undefined || backends.every((b) => JSON.stringify(b.spellings) === JSON.stringify(baseline[b.backend])))
              continue;
            const baselineSum = Object.values(baseline).reduce((total, own) => total + weightOfAll(own), 0);
            expect(allowedSums(baselineSum)).toContain(sum);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it("everything returns to the baseline, and only weights were ever changed", () => {
    fc.assert(
      fc.property(drawn, (story) => {
        const { original, object, decisions, first, last } = play(story, QUIET_TICKS);
        expect(JSON.stringify(ownersPart(object))).toBe(JSON.stringify(ownersPart(original)));
        if (decisions.length === 0) expect(object).toEqual(original);
        const baselines = reconcileBaseline(first, null).splits;
        for (const split of decisions.length === 0 ? [] : last.splits) {
          const baseline = baselines[split.name]?.baseline ?? {};
          expect(weightsOf(split)).toEqual(split.backends.map((b) => [b.backend, weightOfAll(baseline[b.backend] ?? [])]));
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("a rule that its owner inserts before another one while that is shifted", () => {
  const codec = codecOf("HTTPRoute");
  const inserted = {
    matches: [{ path: { type: "PathPrefix", value: "/a" } }],
    ...rule(["web", 90], ["east", 10]),
  };
  /** Ticks until the weights stay, and returns the object. With `restart`, a new controller does it. */
  const settler = () => {
    let state = initialState(TICK_MS, "test");
    let tick = 0;
    return (object: unknown, down: readonly string[], restart = false): unknown => {
      let live = object;
      if (restart) state = initialState(TICK_MS, "another");
      for (const untilTick = tick + QUIET_TICKS; tick < untilTick; tick++) {
        const route = codec.read(live);
        const result = step(state, observe([route], down), DEFAULT_RULES, tick * TICK_MS);
        state = result.state;
        for (const decision of result.decisions) live = patched(live, codec.patch(route, decision.desired));
      }
      return live;
    };
  };
  const patched = (object: unknown, patch: Parameters<typeof applyJsonPatch>[1]): unknown => {
    const outcome = applyJsonPatch(object, patch);
    if (outcome.state !== "patched") throw new Error(outcome.message);
    return outcome.value;
  };
  const weights = (object: unknown) => codec.read(object).splits.map(({ backends }) => backends.map(({ weight }) => weight));

  it.each([
    ["by the same controller", false],
    ["by a controller that starts after that", true],
  ])("gets its own weights, and the other one gets back its own, %s", (_, restart) => {
    const settle = settler();
    const shifted = settle(httpRoute([rule(["web", 60], ["east", 40])]), ["web"]);
    expect(weights(shifted)).toEqual([[0, 100]]);
    const both = settle(patched(shifted, [{ op: "add", path: "/spec/rules/0", value: inserted }]), ["web"], restart);
    expect(weights(both)).toEqual([
      [0, 100],
      [0, 100],
    ]);
    expect(weights(settle(both, []))).toEqual([
      [90, 10],
      [60, 40],
    ]);
  });
});

function isValidSpelling(spelling: number | string): boolean {
  return Number.isInteger(spelling) && Number(spelling) >= 0 && Number(spelling) <= 1_000_000;
}

describe("a route that Linkerd does not follow", () => {
  it("is left alone until it does", () => {
    const codec = codecOf("HTTPRoute");
    const object = (status: string) => {
      const conditions = [{ type: "Accepted", status, reason: "RouteReasonConflicted" }];
      const parent = { controllerName: "linkerd.io/policy-controller", conditions };
      return codec.read(httpRoute([rule(["web", 100], ["east", 0])], { status: { parents: [parent] } }));
    };
    const start = initialState(5_000, "test");
    const refused = step(start, observe([object("False")], ["web"]), DEFAULT_RULES, 0);
    expect(refused.decisions).toEqual([]);
    const [seen] = refused.state.routes.values();
    expect(seen).toMatchObject({ rule: null, problems: [{ problem: "not-accepted" }], splits: [{ live: { web: 100, east: 0 } }] });
    const accepted = step(refused.state, observe([object("True")], ["web"]), DEFAULT_RULES, 5_000);
    expect(accepted.decisions.map((d) => d.splits[0]?.after)).toEqual([{ web: 0, east: 100 }]);
  });
});

it("a pin holds in the splits that have its backend, even if that is called `constructor`", () => {
  const annotations = { "failover.linkerd.io/pin": "constructor" };
  const route = codecOf("HTTPRoute").read(
    httpRoute([rule(["web", 100], ["constructor", 0]), rule(["web", 100], ["east", 0])], { annotations }),
  );
  const ready = { state: "counted", ready: 2, notReady: 0 } as const;
  const endpoints = new Map(["web", "east", "constructor"].map((name) => [serviceKey("shop", name), ready]));
  const { decisions } = step(
    initialState(TICK_MS, "test"),
    { routes: [route], endpoints, metrics: null, clusters: new Map() },
    DEFAULT_RULES,
    0,
  );
  expect(decisions.flatMap(({ splits }) => splits.map(({ name, after }) => [name, after]))).toEqual([["0", { web: 0, constructor: 100 }]]);
});

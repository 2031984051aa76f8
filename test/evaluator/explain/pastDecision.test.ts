import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decisionText } from "../../../src/evaluator/explain/explain.ts";
import { readDecisionText } from "../../../src/evaluator/explain/pastDecision.ts";
import { type Decision, DIRECTIONS } from "../../../src/evaluator/model/decision.ts";
import { CAUSES, type RouteRef } from "../../../src/routes/route.ts";

const ROUTE: RouteRef = { kind: "HTTPRoute", namespace: "shop", name: "web" };
const read = (text: string) => readDecisionText(ROUTE, 7, text);

describe("the text of a decision, read again", () => {
  it("has weights, direction, cause and reasons", () => {
    const text =
      "failover (successRate): web 100 → 0, east 0 → 100; web: successRate: 60.0 % of 100 requests in 30s good; upper bound 69.1 %, below failBelow 90%; held by maxShifted: enough";
    expect(read(text)).toEqual({
      ...{ atMs: 7, route: ROUTE, direction: "failover", cause: "successRate" },
      splits: [{ name: "0", before: { web: 100, east: 0 }, after: { web: 0, east: 100 } }],
      because: [
        { backend: "web", text: "successRate: 60.0 % of 100 requests in 30s good; upper bound 69.1 %, below failBelow 90%" },
        { backend: null, text: "held by maxShifted: enough" },
      ],
    });
  });

  it("has every split by its name", () => {
    const text = "return (readiness): reads: web 0 → 5, east 100 → 95; writes: web.other 0 → 0.5; web: readiness: 2 ready";
    expect(read(text)?.splits).toEqual([
      { name: "reads", before: { web: 0, east: 100 }, after: { web: 5, east: 95 } },
      { name: "writes", before: { "web.other": 0 }, after: { "web.other": 0.5 } },
    ]);
  });

  it.each([
    "",
    "reapplied: argocd put the baseline back over the weights of a failover",
    "unknown-pin: no such backend",
    "failover (successRate): nothing",
    "failover (nonsense): web 1 → 0",
    "sidestep (manual): web 1 → 0",
  ])("is null for %j, which is no decision", (text) => {
    expect(read(text)).toBeNull();
  });

  it("is what was decided, whatever was decided, also if it was cut short", () => {
    const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z][a-z0-9]{0,5})?$/);
    const weight = fc.oneof(
      fc.nat(1_000_000),
      fc.nat(2_000).map((n) => n / 8),
    );
    const split = fc.record({ name, changes: fc.uniqueArray(fc.tuple(name, weight, weight), { minLength: 1, selector: ([of]) => of }) });
    const decisions = fc.record({
      direction: fc.constantFrom(...DIRECTIONS),
      cause: fc.constantFrom(...CAUSES),
      splits: fc.uniqueArray(split, { minLength: 1, maxLength: 3, selector: (one) => one.name }),
    });
    fc.assert(
      fc.property(decisions, fc.nat(40), ({ direction, cause, splits }, cut) => {
        const changed = splits.filter(({ changes }) => changes.some(([, before, after]) => before !== after));
        fc.pre(changed.length === splits.length);
        const decision = decisionOf(direction, cause, splits);
        const text = decisionText(decision);
        const told = read(text);
        const moved = splits.map((one, i) => [
          splits.length > 1 ? one.name : "0",
          one.changes.flatMap(([backend, before, after]) => (before === after ? [] : [[backend, round(before), round(after)]])),
          i,
        ]);
        expect([told?.direction, told?.cause]).toEqual([direction, cause]);
        expect(
          told?.splits.map(({ name: of, before, after }, i) => [of, Object.keys(after).map((b) => [b, before[b], after[b]]), i]),
        ).toEqual(moved);
        const shortened = read(`${text}; web: readiness: ${"x".repeat(cut)}…`);
        expect(shortened?.splits).toEqual(told?.splits);
      }),
    );
  });
});

function round(weight: number): number {
  return Number(weight.toFixed(3));
}

function decisionOf(
  direction: Decision["direction"],
  cause: Decision["cause"],
  splits: readonly { readonly name: string; readonly changes: readonly (readonly [string, number, number])[] }[],
): Decision {
  return {
    ...{ atMs: 7, route: ROUTE, rule: "default", direction, cause, reasons: [] },
    splits: splits.map(({ name, changes }) => ({
      name,
      baseline: {},
      before: Object.fromEntries(changes.map(([backend, before]) => [backend, before])),
      after: Object.fromEntries(changes.map(([backend, , after]) => [backend, after])),
    })),
    desired: { splits: splits.map(({ name }) => ({ name, backends: [] })), memory: { splits: {}, backends: {} } },
  };
}

import { describe, expect, it } from "vitest";
import type { BackendReport } from "../../../src/evaluator/model/backendReport.ts";
import { type BackendState, clean } from "../../../src/evaluator/model/backendState.ts";
import { RESTLESS, UNTIL_CHANGED } from "../../../src/evaluator/model/rest.ts";
import type { WeightsSince } from "../../../src/evaluator/model/weightHistory.ts";
import { restOf } from "../../../src/evaluator/phases/restOf.ts";
import { ruleSchema } from "../../../src/rules/rulesSchema.ts";
import { routeOf } from "../../routes/routeObjects.ts";
import { factsOf } from "../routeFacts.ts";

const RULE = ruleSchema.parse({ name: "all", signals: { successRate: { window: "30s" }, latency: { window: "1m" } } });
/** The longest window, and what late failures take. */
const FADES_MS = 75_000;
const SERVES: BackendState = clean(0);
const BACK: BackendState = { phase: "serving", sinceMs: 1_000, relapses: 1, cause: "successRate" };
const OUT: BackendState = { phase: "out", sinceMs: 0, relapses: 0, cause: "successRate", fromStep: false, good: null };

function report(backend: string, state: BackendState, more: Partial<BackendReport> = {}): BackendReport {
  return { backend, before: state, state, waits: [], ...more } as unknown as BackendReport;
}

function rest(backends: readonly BackendReport[], history?: readonly WeightsSince[], nowMs = FADES_MS): number {
  const facts = factsOf(routeOf(["web", 100], ["east", 0]), RULE, history);
  return restOf(facts, new Map(backends.map((own) => [own.backend, own])), nowMs);
}

const WELL = [report("web", SERVES), report("east", SERVES)];

describe("a route rests", () => {
  it("until something changes, while all its backends simply serve", () => {
    expect(rest(WELL)).toBe(UNTIL_CHANGED);
  });

  it("until relapses are forgotten", () => {
    expect(rest([report("web", BACK), report("east", SERVES)])).toBe(1_000 + RULE.damping.forgetAfterMs);
    const later = { ...BACK, sinceMs: 2_000 };
    expect(rest([report("web", later), report("east", BACK)])).toBe(1_000 + RULE.damping.forgetAfterMs);
  });
});

describe("a route does not rest", () => {
  it("while a past that fades is in the windows", () => {
    const shares = new Map([["web", 1]]);
    expect(rest(WELL, [{ atMs: 0, shares }], FADES_MS - 1)).toBe(RESTLESS);
    expect(rest(WELL, [{ atMs: 0, shares }], FADES_MS)).toBe(UNTIL_CHANGED);
    const moved = [
      { atMs: 0, shares },
      { atMs: 10, shares: new Map([["east", 1]]) },
    ];
    expect(rest(WELL, moved, 10 * FADES_MS)).toBe(RESTLESS);
    expect(rest(WELL, [])).toBe(RESTLESS);
  });

  it.each<[string, BackendReport]>([
    ["is out", report("east", OUT)],
    ["has just changed its state", report("east", SERVES, { before: clean(0) })],
    ["waits for something", report("east", SERVES, { waits: [{ kind: "brake", brake: "maxShifted" }] })],
  ])("while one of its backends %s", (_, east) => {
    expect(rest([report("web", SERVES), east])).toBe(RESTLESS);
    expect(rest([east, report("web", SERVES)])).toBe(RESTLESS);
  });
});

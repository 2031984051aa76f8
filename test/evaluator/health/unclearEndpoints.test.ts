import { expect, it } from "vitest";
import type { Evidence } from "../../../src/evaluator/health/evidence.ts";
import { countsUnclear, lacksLoad } from "../../../src/evaluator/health/unclearEndpoints.ts";
import type { BackendState } from "../../../src/evaluator/model/backendState.ts";
import { clean } from "../../../src/evaluator/model/backendState.ts";
import type { RouteFacts } from "../../../src/evaluator/model/routeFacts.ts";
import type { Standing } from "../../../src/evaluator/model/standings.ts";
import type { SurveyedSplit } from "../../../src/evaluator/model/survey.ts";
import { routeKey } from "../../../src/routes/route.ts";
import { parseRules } from "../../../src/rules/parseRules.ts";
import { Story } from "../../../src/simulator/story.ts";
import { obey } from "../../simulator/obey.ts";
import { ruleWith } from "../weights/candidates.ts";

const HALF_READY = "web: 5 of 10 ready";

/** Plays commands, with two ticks after each; returns the weights of `web`, and whether unclear endpoints count as missing. */
function play(rule: string, ...commands: readonly string[]) {
  const parsed = parseRules(`version: 1\nrules: [{name: own, ${rule}}]`, "rules.yaml");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const story = new Story(parsed.rules);
  for (const text of ["split web: web 100, east 0", "east: 10 ready", ...commands]) {
    obey(story, text);
    for (let tick = 0; tick < 2; tick++) {
      story.tick();
      for (let second = 0; second < 5; second++) story.passSecond();
    }
  }
  const split = story.splits.get("web");
  if (split === undefined) throw new Error("there is no split web");
  const judgement = story.state.routes.get(routeKey(story.routeOf(split)))?.backends.get("web")?.judgement;
  return [split.weights.map(([, weight]) => weight).join("/"), judgement?.countsUnclear];
}

const SHARE = "signals: {readiness: {minReadyShare: 60%}}";
const SPILL = "signals: {readiness: {}}, spill: {}";

it.each<[string, readonly string[], string, boolean | null]>([
  [SHARE, ["web: 5 ready", HALF_READY, "restart"], "100/0", false],
  [SHARE, ["web: 10 ready", HALF_READY, "restart"], "0/100", true],
  [SHARE, ["web: 10 ready", HALF_READY, "restart", "web: readiness stale", HALF_READY], "0/100", true],
  [SHARE, ["web: 10 ready", HALF_READY, "restart", "web: 10 ready"], "0/100", null],
  [SPILL, ["web: 5 ready", HALF_READY, "restart"], "100/0", false],
  [SPILL, ["web: 10 ready", HALF_READY, "restart"], "70/30", true],
  [SPILL, ["web: 10 ready", HALF_READY, "restart", "web: 5 ready"], "100/0", null],
  [`${SPILL}, fallback: {standbyShare: 10%}`, ["web: 5 ready", HALF_READY, "restart"], "90/10", false],
])("%s: after %j the weights are %s, and unclear endpoints are missing: %s", (rule, commands, weights, missing) => {
  expect(play(rule, ...commands)).toEqual([weights, missing]);
});

it("a first start moves nothing because of pods that may never have been ready", () => {
  const first = ["web: 4 of 10 ready", "restart"];
  expect(play(SHARE, ...first)[0]).toBe("100/0");
  expect(play(SPILL, ...first)[0]).toBe("100/0");
});

it("endpoints that did not count as missing when they were first seen never do", () => {
  const seen = (known: boolean | null, lacksLoad: boolean) =>
    countsUnclear({
      endpoints: { state: "counted", ready: 5, notReady: 0, unclear: 5 },
      lacksLoad,
      last: { countsUnclear: known },
    } as unknown as Evidence);
  expect([seen(null, true), seen(true, true), seen(false, true)]).toEqual([true, true, false]);
  expect([seen(null, false), seen(true, false)]).toEqual([false, false]);
});

type Weights = Readonly<Record<string, number>>;

/** Whether `web` lacks load because of its endpoints, with these weights of its splits. */
function lacking(
  state: BackendState,
  splits: readonly { live: Weights; baseline: Weights; isOurs?: boolean }[],
  keys: Record<string, unknown> = { spill: {} },
): boolean {
  const surveyed = { splits: splits.map((own) => ({ isOurs: true, ...own }) as unknown as SurveyedSplit) };
  return lacksLoad({ backend: "web", state } as Standing, { surveyed, rule: ruleWith(keys) } as unknown as RouteFacts);
}

it("a backend lacks load because of its endpoints if some of it has spilled over in one of its splits", () => {
  const whole = { live: { web: 100, east: 0 }, baseline: { web: 1, east: 0 } };
  const spilled = { ...whole, live: { web: 70, east: 30 } };
  expect(lacking(clean(0), [whole])).toBe(false);
  expect(lacking(clean(0), [spilled])).toBe(true);
  expect(lacking(clean(0), [whole, spilled])).toBe(true);
  expect(lacking(clean(0), [{ ...spilled, isOurs: false }])).toBe(false);
  expect(lacking(clean(0), [spilled], {})).toBe(false);
  const warm = { spill: {}, fallback: { standbyShare: "10%" } };
  expect(lacking(clean(0), [{ ...whole, live: { web: 90, east: 10 } }], warm)).toBe(false);
  expect(lacking(clean(0), [{ ...whole, live: { web: 89, east: 11 } }], warm)).toBe(true);
});

it("or if it is out because of them, but not if it returns", () => {
  const spilled = [{ live: { web: 0, east: 100 }, baseline: { web: 100, east: 0 } }];
  const out = (cause: "readiness" | "successRate"): BackendState => {
    return { phase: "out", sinceMs: 0, relapses: 0, cause, fromStep: false, good: null };
  };
  expect(lacking(out("readiness"), spilled)).toBe(true);
  expect(lacking(out("successRate"), spilled)).toBe(false);
  expect(lacking({ phase: "returning", sinceMs: 0, relapses: 0, cause: "readiness", step: 0, trial: null }, spilled)).toBe(false);
});

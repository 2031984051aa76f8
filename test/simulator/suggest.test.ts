import { describe, expect, it } from "vitest";
import type { Frame, Metrics } from "../../src/evaluator/model/observation.ts";
import { trafficSplitCodec } from "../../src/routes/trafficSplit.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import type { Rule } from "../../src/rules/ruleSet.ts";
import { outagesIn, seenShares } from "../../src/simulator/outages.ts";
import { CANDIDATES, GRID, type Stretch, suggest } from "../../src/simulator/suggest.ts";

const INTERVAL_MS = 5_000;
/** Many rules are tried, for seconds on a busy machine. */
const SLOW_MS = 120_000;
const PER_SECOND = 20;
const MINUTE_MS = 60_000;
const [PRESENT] = DEFAULT_RULES.rules;

const ROUTE = trafficSplitCodec.read({
  metadata: { name: "web", namespace: "shop", uid: "1", resourceVersion: "1" },
  spec: {
    service: "web",
    backends: [
      { service: "web", weight: 100 },
      { service: "east", weight: 0 },
    ],
  },
});

/** From when until when, in ms, which part of the requests fails. */
type Failing = readonly (readonly [fromMs: number, untilMs: number, part: number])[];

/** What Prometheus has of a past with these failures. */
function stretch(failing: Failing, untilMs: number): Stretch {
  const frames = new Map(GRID.windowMs.map((windowMs) => [windowMs, framesOf(failing, windowMs, untilMs)]));
  const [windowMs] = GRID.windowMs;
  const outages = outagesIn(seenShares(frames.get(windowMs) ?? [], DEFAULT_RULES, windowMs, INTERVAL_MS), INTERVAL_MS);
  return { fromMs: 2 * MINUTE_MS + 30_000, untilMs, frames, outages };
}

function framesOf(failing: Failing, windowMs: number, untilMs: number): readonly Frame[] {
  const endpoints = new Map(["shop/web", "shop/east"].map((service) => [service, { state: "elsewhere" } as const]));
  return Array.from({ length: untilMs / INTERVAL_MS }, (_, tick): Frame => {
    const atMs = tick * INTERVAL_MS;
    const within = ([fromMs, toMs]: Failing[number]) => Math.max(0, Math.min(atMs, toMs) - Math.max(atMs - windowMs, fromMs)) / 1_000;
    const failures = failing.reduce((sum, own) => sum + within(own) * own[2] * PER_SECOND, 0);
    const total = (windowMs / 1_000) * PER_SECOND;
    const value = {
      leaves: new Map([["shop/web", { total, failures }]]),
      apexes: new Map([["shop/web", { total, failures }]]),
      routes: new Map(),
    };
    const metrics: Metrics = {
      requests: new Map([[windowMs, { state: "answered", value }]]),
      ...{ latency: new Map(), unanswered: new Map(), queries: new Map() },
      gateways: { state: "answered", value: new Map() },
    };
    return { atMs, observation: { routes: [ROUTE], endpoints, metrics, clusters: new Map() } };
  });
}

function present(changes: Partial<NonNullable<Rule["signals"]["successRate"]>>): Rule {
  if (PRESENT?.signals.successRate === undefined) throw new Error("the built-in rule has a success rate");
  return { ...PRESENT, signals: { successRate: { ...PRESENT.signals.successRate, ...changes } } };
}

const suggested = (rule: Rule, ...stretches: readonly Stretch[]) => suggest(rule, DEFAULT_RULES.brakes, stretches, INTERVAL_MS);

/** For two minutes 60 % fail. */
const OUTAGE = [4 * MINUTE_MS, 6 * MINUTE_MS, 0.6] as const;
/** For some seconds all fail: a rolling update. It is in a window of 30 s for as long as an outage has to be, but is none. */
const BLIP = [12 * MINUTE_MS, 12 * MINUTE_MS + 2_500, 1] as const;
/** For two minutes 7 % fail: an outage for nobody, and noise for a rule that asks for much. */
const LEAK = [15 * MINUTE_MS, 17 * MINUTE_MS, 0.07] as const;

describe("the outages of a past", () => {
  it("are the times in which a fifth fails for half a minute, and no short or mild failures", () => {
    const { outages } = stretch([OUTAGE, BLIP, LEAK], 20 * MINUTE_MS);
    expect(outages).toHaveLength(1);
    const [outage] = outages;
    expect(outage?.good).toBeCloseTo(0.4, 6);
    expect(Math.abs((outage?.fromMs ?? 0) - OUTAGE[0])).toBeLessThanOrEqual(15_000);
    expect(Math.abs((outage?.untilMs ?? 0) - OUTAGE[1])).toBeLessThanOrEqual(30_000);
  });
});

describe("a suggestion", { timeout: SLOW_MS }, () => {
  const past = stretch([OUTAGE, BLIP, LEAK], 20 * MINUTE_MS);

  it("keeps the built-in rule where no other one catches more, with fewer false moves, or clearly sooner", () => {
    const { now, best } = suggested(present({}), past);
    expect([now.caught, now.falseMoves]).toEqual([1, 0]);
    expect(best.candidate).toEqual(now.candidate);
  });

  it("is less nervous than a rule that moved for nothing", () => {
    const { now, best } = suggested(present({ failBelow: 0.95, failAfterMs: 5_000 }), past);
    expect(now.falseMoves).toBeGreaterThan(0);
    expect([best.caught, best.falseMoves]).toEqual([1, 0]);
    expect(best.rule.signals.successRate?.failBelow).toBeLessThanOrEqual(0.95);
  });

  it("is sooner than a rule that slept through an outage, and says what its neighbours would have done", () => {
    const { now, best, others } = suggested(present({ windowMs: 120_000, failBelow: 0.8, failAfterMs: 120_000 }), past);
    expect(now.caught).toBe(0);
    expect([best.caught, best.falseMoves]).toEqual([1, 0]);
    expect(others.length).toBe(2 + 3 + 2 + 3);
    expect(others.some(({ falseMoves }) => falseMoves > 0)).toBe(true);
  });

  it("without an outage is one that would not have moved falsely", () => {
    const { outages, now, best } = suggested(present({ failBelow: 0.98, failAfterMs: 5_000 }), stretch([BLIP, LEAK], 20 * MINUTE_MS));
    expect(outages).toEqual([]);
    expect(now.falseMoves).toBeGreaterThan(0);
    expect(best.falseMoves).toBe(0);
  });

  it("tries every combination of the grid, so that its length is known", () => {
    expect(CANDIDATES).toBe(144);
  });

  it("does not miss an outage before which traffic had left and was not back yet", () => {
    const again = [7 * MINUTE_MS, 9 * MINUTE_MS, 0.6] as const;
    const { now } = suggested(present({ failAfterMs: 5_000 }), stretch([OUTAGE, again], 12 * MINUTE_MS));
    expect([now.caught, now.falseMoves]).toEqual([2, 0]);
  });
});

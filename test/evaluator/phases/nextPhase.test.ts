import { describe, expect, it } from "vitest";
import type { BackendState, Out, Returning, Serving, Suspect } from "../../../src/evaluator/model/backendState.ts";
import { recoveryWaitMs } from "../../../src/evaluator/model/backendState.ts";
import type { Judgement, SignalJudgement } from "../../../src/evaluator/model/judgement.ts";
import type { Opinion, Reason } from "../../../src/evaluator/model/reason.ts";
import { beginTrial, NO_ANSWERS } from "../../../src/evaluator/model/trial.ts";
import { type BackendTick, nextPhase } from "../../../src/evaluator/phases/nextPhase.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { parseRules } from "../../../src/rules/parseRules.ts";
import type { Rule } from "../../../src/rules/ruleSet.ts";

const RULE = DEFAULT_RULES.rules[0];
const NOW_MS = 1_000_000;

/** The built-in rule with these keys. */
function ruleOf(keys: string): Rule {
  const parsed = parseRules(`version: 1\nrules: [{name: a, ${keys}}]`, "f");
  const [rule] = parsed.ok ? parsed.rules.rules : [];
  return rule ?? expect.fail(keys);
}
const TICK_MS = 5_000;

const signal = (cause: "readiness" | "successRate", opinion: Opinion): SignalJudgement => {
  return { signal: cause, cause, opinion, reading: { state: "value", good: 0, total: 0 }, interval: null, reasons: [] };
};

/** Endpoints are ready, and the success rate is as given. */
function judged(soft: Opinion, hard: Opinion = "fit"): Judgement {
  const opinions = [hard, soft];
  return {
    verdict: opinions.includes("unfit") ? "unfit" : opinions.includes("fit") ? "fit" : "unknown",
    hard: [signal("readiness", hard)],
    soft: [signal("successRate", soft)],
    ...{ readyEndpoints: 1, endpoints: null, hasUnseenEndpoints: false, countsUnclear: null, cluster: null },
  };
}

function tick(judgement: Judgement, more: Partial<BackendTick> = {}): BackendTick {
  const usual = { exam: null, desiredIsLive: true, hasLoad: true, heldBy: null, metricsFrozen: false, holdsLoad: false };
  return { nowMs: NOW_MS, sinceLastMs: TICK_MS, toleranceMs: 0, judgement, ...usual, ...more };
}

const LONG_AGO = { sinceMs: NOW_MS - 60_000, relapses: 0 };
const SERVING: Serving = { ...LONG_AGO, phase: "serving", cause: null };
/** At the next tick it has been unfit for `elapsedMs` and one tick more. */
const suspect = (elapsedMs: number, lastUnfitMs = NOW_MS - TICK_MS): Suspect => ({
  ...{ ...LONG_AGO, phase: "suspect", cause: null, servingSinceMs: 0, suspectedBy: "successRate", lastUnfitMs },
  evidence: new Map([["successRate", { elapsedMs, running: true }]]),
});
const out = (goodMs: number | null, more: Partial<Out> = {}): Out => ({
  ...{ ...LONG_AGO, phase: "out", cause: "successRate", fromStep: false, good: null },
  ...(goodMs !== null && { good: { elapsedMs: goodMs, running: true } }),
  ...more,
});
const returning = (step: number, sinceMs: number): Returning => ({
  phase: "returning",
  sinceMs,
  relapses: 0,
  cause: "successRate",
  step,
  trial: null,
});

/** `waiting failAfter 10000`, `held by signalLoss`, `removed readiness`, `step 2`. */
function short(reason: Reason): string {
  if (reason.kind === "waiting")
    return `waiting ${reason.for} ${reason.leftMs}${reason.for === "recoverAfter" ? ` ${reason.condition}` : ""}`;
  if (reason.kind === "brake") return `held by ${reason.brake}`;
  if (reason.kind === "removed") return `removed ${reason.cause}`;
  return reason.kind === "stepping" ? `step ${reason.step + 1}` : reason.kind;
}

const FROZEN: Partial<BackendTick> = { metricsFrozen: true };
const BRAKED: Partial<BackendTick> = { heldBy: { kind: "brake", brake: "sharedFate" } };

it.each<[string, BackendState, Judgement, Partial<BackendTick>, string, readonly string[]]>([
  ["serves while it is fit", SERVING, judged("fit"), {}, "serving", []],
  [
    "is removed at once without endpoints",
    SERVING,
    judged("fit", "unfit"),
    {},
    "out",
    ["removed readiness", "waiting recoverAfter 60000 bad"],
  ],
  ["is suspect at the first unfit tick", SERVING, judged("unfit"), {}, "suspect", ["waiting failAfter 10000"]],
  ["stays suspect before failAfter", suspect(4_999), judged("unfit"), {}, "suspect", ["waiting failAfter 1"]],
  ["is removed after failAfter", suspect(5_000), judged("unfit"), {}, "out", ["removed successRate", "waiting recoverAfter 60000 bad"]],
  ["is held by a brake after failAfter", suspect(5_000), judged("unfit"), BRAKED, "suspect", ["held by sharedFate"]],
  ["is held by a brake though too few endpoints are ready", SERVING, judged("fit", "unfit"), BRAKED, "suspect", ["held by sharedFate"]],
  ["stays suspect under a brake with too few endpoints", suspect(0), judged("unfit", "unfit"), BRAKED, "suspect", ["held by sharedFate"]],
  [
    "does not relapse under a brake, and takes no step",
    returning(1, NOW_MS - 30_000),
    judged("unfit"),
    BRAKED,
    "returning",
    ["removed successRate", "step 2", "held by sharedFate"],
  ],
  ["is held while metrics are not trusted", suspect(5_000), judged("unfit"), FROZEN, "suspect", ["held by signalLoss"]],
  ["is suspected no longer once the signal is fit", suspect(5_000), judged("fit"), {}, "serving", []],
  ["stays suspect between the thresholds", suspect(5_000), judged("between"), {}, "suspect", []],
  ["is suspected no longer after failAfter without evidence", suspect(0, NOW_MS - 10_001), judged("missing"), {}, "serving", []],
  ["stays suspect between two bursts of requests", suspect(0, NOW_MS - 299_000), judged("quiet"), {}, "suspect", []],
  ["is suspected no longer after five minutes without requests", suspect(0, NOW_MS - 301_000), judged("quiet"), {}, "serving", []],
  ["stays out before recoverAfter", out(54_999), judged("quiet"), {}, "out", ["removed successRate", "waiting recoverAfter 1 good"]],
  ["waits anew after a bad tick", out(54_999), judged("unfit"), {}, "out", ["removed successRate", "waiting recoverAfter 60000 bad"]],
  [
    "pauses its wait without a reading",
    out(30_000),
    judged("failed"),
    {},
    "out",
    ["removed successRate", "waiting recoverAfter 30000 noReading"],
  ],
  [
    "waits longer after a relapse",
    out(55_000, { relapses: 1 }),
    judged("fit"),
    {},
    "out",
    ["removed successRate", "waiting recoverAfter 60000 good"],
  ],
  [
    "begins to return after recoverAfter",
    out(55_000),
    judged("quiet"),
    {},
    "returning",
    ["removed successRate", "step 1", "waiting step 30000"],
  ],
  ["serves at once if it held its load", out(55_000), judged("fit"), { holdsLoad: true }, "serving", []],
  ["does so after recoverAfter even after relapses", out(55_000, { relapses: 3 }), judged("fit"), { holdsLoad: true }, "serving", []],
  [
    "takes the next step after return.every",
    returning(0, NOW_MS - 30_000),
    judged("fit"),
    {},
    "returning",
    ["removed successRate", "step 2", "waiting step 30000"],
  ],
  [
    "takes no step between the thresholds",
    returning(0, NOW_MS - 30_000),
    judged("between"),
    {},
    "returning",
    ["removed successRate", "step 1", "waiting step 0"],
  ],
  [
    "counts a step from its write",
    returning(1, NOW_MS - 30_000),
    judged("fit"),
    { desiredIsLive: false },
    "returning",
    ["removed successRate", "step 2", "waiting write 0"],
  ],
  [
    "is removed again at one bad tick",
    returning(1, NOW_MS - 5_000),
    judged("unfit"),
    {},
    "out",
    ["removed successRate", "waiting recoverAfter 120000 bad"],
  ],
  ["serves after the last step", returning(2, NOW_MS - 30_000), judged("fit"), {}, "serving", []],
])("a backend %s", (_, state, judgement, more, phase, reasons) => {
  if (RULE === undefined) throw new Error("no built-in rule");
  const next = nextPhase(state, tick(judgement, more), RULE);
  expect([next.state.phase, next.reasons.map(short)]).toEqual([phase, reasons]);
});

describe("readiness with a failAfter of its own", () => {
  const rule = ruleOf("signals: {readiness: {failAfter: 15s}, successRate: {failAfter: 5s}}");
  const suspectBy = (evidence: Readonly<Record<string, number>>): Suspect => ({
    ...suspect(0),
    evidence: new Map(Object.entries(evidence).map(([name, elapsedMs]) => [name, { elapsedMs, running: true }])),
  });

  it.each<[string, BackendState, Judgement, Partial<BackendTick>, string, readonly string[]]>([
    ["waits", SERVING, judged("fit", "unfit"), {}, "suspect", ["waiting failAfter 15000"]],
    ["waits to its end", suspectBy({ readiness: 5_000 }), judged("fit", "unfit"), {}, "suspect", ["waiting failAfter 5000"]],
    [
      "acts then",
      suspectBy({ readiness: 10_000 }),
      judged("fit", "unfit"),
      {},
      "out",
      ["removed readiness", "waiting recoverAfter 60000 bad"],
    ],
    [
      "is not held while metrics are not trusted",
      suspectBy({ readiness: 10_000 }),
      judged("fit", "unfit"),
      FROZEN,
      "out",
      ["removed readiness", "waiting recoverAfter 60000 bad"],
    ],
    ["is over at once when it is fit", suspectBy({ readiness: 10_000 }), judged("fit"), {}, "serving", []],
    [
      "does not add up with a metric",
      suspectBy({ successRate: 5_000 }),
      judged("fit", "unfit"),
      {},
      "suspect",
      ["waiting failAfter 15000"],
    ],
    ["does not hold a metric", SERVING, judged("unfit", "unfit"), {}, "suspect", ["waiting failAfter 5000"]],
    [
      "is judged beside a metric",
      suspectBy({ successRate: 0, readiness: 0 }),
      judged("unfit", "unfit"),
      {},
      "out",
      ["removed successRate", "waiting recoverAfter 60000 bad"],
    ],
    [
      "is overtaken only by a metric that no brake holds",
      suspectBy({ successRate: 0, readiness: 0 }),
      judged("unfit", "unfit"),
      BRAKED,
      "suspect",
      ["held by sharedFate"],
    ],
  ])("%s", (_, state, judgement, more, phase, reasons) => {
    const next = nextPhase(state, tick(judgement, more), rule);
    expect([next.state.phase, next.reasons.map(short)]).toEqual([phase, reasons]);
  });
});

describe("a departure after a return", () => {
  const RETURN_MS = 60_000 + 3 * 30_000;
  const served = (forMs: number, cause: "readiness" | "successRate", more: Partial<Serving> = {}): Serving => {
    return { phase: "serving", sinceMs: NOW_MS - forMs, relapses: 0, cause, ...more };
  };
  const UNREADY = judged("fit", "unfit");

  it.each<[string, BackendState, Judgement, number]>([
    [
      "is no relapse if endpoints were lost then and now, and it served for as long as a return takes",
      served(RETURN_MS, "readiness"),
      UNREADY,
      0,
    ],
    ["is one after a shorter time", served(RETURN_MS - 1, "readiness"), UNREADY, 1],
    ["is one if a metric removed it then", served(RETURN_MS, "successRate"), UNREADY, 1],
    ["is one if a metric is against it now", served(RETURN_MS, "readiness"), judged("unfit", "unfit"), 1],
    ["needs longer service after relapses", served(RETURN_MS, "readiness", { relapses: 1 }), UNREADY, 2],
    ["keeps the relapses before it", served(RETURN_MS + 60_000, "readiness", { relapses: 1 }), UNREADY, 1],
    ["is one during the return", { ...returning(2, 0), cause: "readiness" }, UNREADY, 1],
  ])("%s", (_, state, judgement, relapses) => {
    expect(nextPhase(state, tick(judgement), ruleOf("")).state).toMatchObject({ phase: "out", relapses });
  });
});

describe("another writer's weights during a step", () => {
  const elsewhere = { desiredIsLive: false };
  it("delay its end and do not begin it anew", () => {
    const state = { ...returning(1, NOW_MS - 20_000), trial: beginTrial(NO_ANSWERS) };
    expect(nextPhase(state, tick(judged("fit"), elsewhere), ruleOf("")).state).toEqual({ ...state, sinceMs: NOW_MS - 15_000 });
  });

  it("begin it anew if its own were never seen", () => {
    const state = returning(1, NOW_MS - 20_000);
    expect(nextPhase(state, tick(judged("fit"), elsewhere), ruleOf("")).state).toEqual({ ...state, sinceMs: NOW_MS });
  });
});

it.each<[string, readonly number[]]>([
  ["", [60_000, 120_000, 240_000]],
  ["recoverAfter: 0s", [0, 20_000, 40_000]],
  ["recoverAfter: 1s", [1_000, 20_000, 40_000]],
  ["{recoverAfter: 0s, damping: {max: 30s}}", [0, 20_000, 30_000]],
])("the waits after relapses with %j are %j", (body, waitsMs) => {
  expect(waitsMs.map((_, relapses) => recoveryWaitMs(ruleOf(body.replace(/^\{|\}$/g, "")), relapses))).toEqual(waitsMs);
});

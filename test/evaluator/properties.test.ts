import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recoveryWaitMs } from "../../src/evaluator/model/backendState.ts";
import type { Decision } from "../../src/evaluator/model/decision.ts";
import type { Reason } from "../../src/evaluator/model/reason.ts";
import { LATE_FAILURES_MS } from "../../src/evaluator/model/weightHistory.ts";
import { wilson } from "../../src/evaluator/model/wilson.ts";
import { step } from "../../src/evaluator/step.ts";
import { STATE_ANNOTATION } from "../../src/routes/memory.ts";
import { trafficSplitCodec } from "../../src/routes/trafficSplit.ts";
import { weightOfAll } from "../../src/routes/weight.ts";
import { longestWindowMs } from "../../src/rules/longestWindow.ts";
import type { StoryTick } from "../../src/simulator/story.ts";
import { freezeDeep } from "./freezeDeep.ts";
import { movesOf } from "./movesOf.ts";
import {
  begin,
  decisionsOf,
  events,
  firstRule,
  go,
  healAll,
  nonZeroWeights,
  play,
  plot,
  ruleSet,
  type StoryEvent,
  spelled,
  TICKS,
  tell,
  weights,
} from "./randomStory.ts";

/** `PROPERTY_TIMES=25` draws 25 times as many stories; with `FRESH_SEEDS=1` they are new ones. */
const TIMES = Number(process.env["PROPERTY_TIMES"] ?? 1);
const PROPERTY_TIME_LIMIT_MS = TIMES * 60_000;
const INTERVAL_MS = 5_000;
const ticksOf = (ms: number) => Math.ceil(ms / INTERVAL_MS);

/** Checks that a property holds for `runs` drawn inputs. On failure fast-check prints the seed and the smallest failing input. */
function holds<T>(runs: number, inputs: fc.Arbitrary<T>, property: (input: T) => void): void {
  // fast-check takes a returned value as the result; our properties only throw.
  const check = fc.property(inputs, (input) => {
    property(input);
  });
  fc.assert(check, { numRuns: TIMES * runs });
}

/** Whether a backend has all the load of its baseline. If it was frozen or pinned it never lost load, so none returns. */
function holdsItsBaseline({ after }: StoryTick, backend: string): boolean {
  const shareOf = (weights: Readonly<Record<string, number>>) =>
    (weights[backend] ?? 0) / Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const splits = [...after.routes.values()].flatMap((route) => route.splits);
  return splits.every(({ live, baseline }) => (baseline[backend] ?? 0) > 0 && shareOf(live) >= shareOf(baseline) - 1e-9);
}

/**
 * Whether a backend is out because of metrics and no annotation says so, since no other backend could take its load. A new
 * controller must detect that again, and until then may give it the load of a backend that loses its endpoints.
 */
function isOutUnwritten({ after }: StoryTick): boolean {
  return [...after.routes.values()].some(({ backends, trace }) =>
    [...backends].some(([name, { state }]) => {
      const isSoft = state.phase === "out" && state.cause !== "readiness" && state.cause !== "gateway";
      return isSoft && trace.memory?.backends[name]?.phase !== "out";
    }),
  );
}

function allowedSums(baselineSum: number): readonly number[] {
  const whole = Math.ceil(baselineSum - 1e-9);
  return [Math.min(Math.max(whole, 100), 100_000), 1_000, 10_000];
}

/** Checks that written weights are in the owner's spelling, or whole numbers with an allowed sum. */
function checkWeights({ desired }: Decision): void {
  for (const { name, backends } of desired.splits) {
    const sum = backends.reduce((total, b) => total + b.weight, 0);
    expect(sum).toBeGreaterThan(0);
    const baseline = desired.memory.splits[name]?.baseline ?? {};
    if (backends.every((b) => JSON.stringify(b.spellings) === JSON.stringify(baseline[b.backend]))) continue;
    for (const { weight, spellings } of backends) {
      expect(spellings.every((spelling) => typeof spelling === "number" && Number.isInteger(spelling) && spelling >= 0)).toBe(true);
      expect(weightOfAll(spellings)).toBe(weight);
    }
    const baselineSum = Object.values(baseline).reduce((total, spellings) => total + weightOfAll(spellings), 0);
    expect(allowedSums(baselineSum)).toContain(sum);
  }
}

const shareIn = (weights: Readonly<Record<string, number>>, backend: string) =>
  (weights[backend] ?? 0) / Object.values(weights).reduce((sum, weight) => sum + weight, 0);

describe("for every order of events", { timeout: PROPERTY_TIME_LIMIT_MS }, () => {
  it("P1: weights are never all zero, and whole numbers of the right sum or exactly the owner's", () => {
    holds(150, plot(), (drawn) => decisionsOf(play(drawn)).forEach(checkWeights));
  });

  it("P2: a backend that is removed because of metrics does not give its traffic to one that is significantly worse", () => {
    holds(250, plot("hard", "soft", "traffic", "prometheus", "tiers", "edit", "gateway"), (drawn) => {
      for (const tick of play(drawn)) {
        const moves = movesOf(tick);
        const rateOf = (name: string) =>
          moves
            .find((m) => m.backend === name)
            ?.reasons.find((r): r is Extract<Reason, { kind: "share" }> => r.kind === "share" && r.signal === "successRate");
        // Relapses, too: the load of a step does not go back to a carrier that does worse.
        const left = moves.filter((m) => m.from?.phase !== "out" && m.to.phase === "out" && m.to.cause === "successRate");
        const hard = moves.some((m) => m.from?.phase !== "out" && m.to.phase === "out" && ["readiness", "gateway"].includes(m.to.cause));
        for (const { splits } of hard ? [] : tick.decisions) {
          for (const { before, after } of splits) {
            const gainers = Object.keys(after).filter((b) => shareIn(after, b) > shareIn(before, b) + 1e-3);
            const judged = gainers.filter((b) => rateOf(b)?.opinion !== "quiet");
            for (const { backend } of left.filter((m) => shareIn(before, m.backend) > shareIn(after, m.backend))) {
              const lower = rateOf(backend)?.interval.lower ?? 0;
              for (const b of judged) expect(rateOf(b)?.interval.upper ?? 1).toBeGreaterThanOrEqual(lower);
            }
          }
        }
      }
    });
  });

  it("P4: without evidence nothing moves", () => {
    const inputs = fc.record({
      rules: ruleSet,
      weights: weights.filter((text) => !/^web "?0\b(?!\.)/.test(text)),
      events: events("silent", "prometheus", "traffic", "restart"),
    });
    holds(150, inputs, (drawn) => {
      expect(decisionsOf(play(drawn))).toEqual([]);
    });
  });

  it("P4: when all evidence is lost, nothing moves any more, after any story", () => {
    const inputs = fc.tuple(plot("hard", "soft", "traffic", "prometheus", "tiers", "restart", "gateway"), fc.boolean());
    holds(150, inputs, ([drawn, restarts]) => {
      const story = begin(drawn);
      go(story, TICKS, drawn.events);
      tell(story, "prometheus down", ...["web", "east", "west", "north", "south"].map((name) => `${name}: readiness stale`));
      // A controller has counted the endpoints before its first tick; in this story a restart would lose the counts that `spill` needs.
      if (restarts && firstRule(drawn.rules).spill === undefined) tell(story, "restart");
      expect(decisionsOf(go(story, 20)).map((d) => d.splits)).toEqual([]);
    });
  });

  it("P5: an outage with enough requests leads to a failover within its bound, and never before failAfter", () => {
    const inputs = fc.record({ rules: ruleSet, good: fc.constantFrom(0, 20, 40), rate: fc.constantFrom(20, 40, 200), offset: fc.nat(4) });
    holds(150, inputs, ({ rules, good, rate, offset }) => {
      const rule = firstRule(rules);
      const signal = rule.signals.successRate;
      if (signal === undefined) throw new Error("no signal");
      const story = begin({ rules, weights: "web 100, east 0" });
      tell(story, `traffic ${rate}/s`);
      go(story, ticksOf(signal.windowMs) + 1);
      for (let second = 0; second < offset; second++) story.passSecond();
      tell(story, `web: ${good}% good`);
      const window = signal.windowMs / 1_000;
      const isSeen = (seconds: number) => {
        const total = rate * window;
        return (
          total >= signal.minRequests && wilson(total - rate * Math.min(seconds, window) * (1 - good / 100), total).upper < signal.failBelow
        );
      };
      let crossing = 0;
      while (!isSeen(crossing)) crossing += 1;
      const faultMs = story.nowMs;
      // One tick until the failures are read, and one because a wait ends at a tick.
      const ticks = go(story, ticksOf(crossing * 1_000 + rule.failAfterMs) + 2);
      const moved = ticks.find(({ decisions }) => decisions.length > 0);
      expect(moved?.decisions[0]?.splits[0]?.after).toEqual({ web: 0, east: 100 });
      expect((moved?.atMs ?? 0) - faultMs).toBeGreaterThanOrEqual(rule.failAfterMs - INTERVAL_MS / 10);
    });
  });

  it("P6: after the cause is gone, all traffic is back within its bound, in the owner's spelling", () => {
    const inputs = plot("hard", "silent", "soft", "traffic", "prometheus", "writes", "restart", "tiers", "pin", "gateway");
    holds(150, inputs, (drawn) => {
      const rule = firstRule(drawn.rules);
      const story = begin(drawn);
      go(story, TICKS, drawn.events);
      healAll(story);
      const relapses = Math.max(
        ...[...story.state.routes.values()].flatMap((r) => [...r.backends.values()].map((b) => b.state.relapses + 1)),
      );
      const waitMs = recoveryWaitMs(rule, relapses);
      // What a window held before a step is told from its answers after a window at the latest.
      const steps = rule.return.steps.length * (ticksOf(rule.return.everyMs + longestWindowMs(rule)) + 1);
      const window = ticksOf(longestWindowMs(rule) + LATE_FAILURES_MS);
      go(story, window + ticksOf(waitMs) + steps + 3);
      const [route] = story.state.routes.values();
      // Weights that the owner set to zero stay zero.
      const isEmpty = route?.problems.some(({ problem }) => problem === "no-weights") === true;
      const { live = {}, baseline } = route?.splits[0] ?? {};
      expect(live).toEqual(isEmpty ? Object.fromEntries(Object.keys(live).map((backend) => [backend, 0])) : baseline);
      expect(decisionsOf(go(story, 5))).toEqual([]);
    });
  });

  it("P7: a return never skips a step, a relapse never waits", () => {
    holds(150, plot(), (drawn) => {
      const { steps } = firstRule(drawn.rules).return;
      for (const tick of play(drawn)) {
        const moves = movesOf(tick);
        const anyServed = moves.some((m) => m.from?.phase === "serving" || m.from?.phase === "suspect");
        for (const { backend, from, to, verdict } of moves) {
          if (from?.phase === "returning" && verdict === "unfit") expect(to.phase).toBe("out");
          if (from?.phase === "returning" && to.phase === "returning")
            expect(to.step - from.step === 0 || to.step - from.step === 1).toBe(true);
          if (from?.phase === "returning" && to.phase === "serving")
            expect(from.step === steps.length - 1 || holdsItsBaseline(tick, backend)).toBe(true);
          if (from?.phase === "out" && to.phase === "returning") expect(to.step).toBe(0);
          if (from?.phase === "out" && to.phase === "serving")
            expect(steps.length === 0 || !anyServed || holdsItsBaseline(tick, backend)).toBe(true);
        }
      }
    });
  });

  it("P9: a restart at any tick writes nothing that was not due without it", () => {
    const inputs = fc.tuple(plot("hard", "soft", "traffic", "prometheus", "tiers", "gateway"), fc.integer({ min: 1, max: TICKS - 1 }));
    holds(150, inputs, ([{ rules, weights: start, events: drawn }, at]) => {
      // Events of the same tick may cause a write, and a restarted controller knows less for it.
      const others = drawn.filter(([tick]) => tick !== at);
      const ticks = play({ rules, weights: start, events: others });
      const before = ticks[at - 1];
      const now = ticks[at];
      if (now === undefined || (before !== undefined && isOutUnwritten(before))) return;
      const restarted = play({ rules, weights: start, events: [...others, [at, "restart"]] })[at]?.decisions.map((d) => d.splits);
      // If a write is due its numbers may differ, because a restarted controller knows less.
      if (now.decisions.length === 0) expect(restarted).toEqual([]);
    });
  });

  it("P9: with and without a restart the weights end the same", () => {
    const steady = events("hard").map((drawn) => drawn.filter(([, text]) => !text.startsWith("east")));
    const inputs = fc.tuple(fc.record({ rules: ruleSet, weights: nonZeroWeights, events: steady }), fc.nat(TICKS - 1));
    holds(60, inputs, ([drawn, at]) => {
      const end = (events: readonly StoryEvent[]) => {
        const story = begin(drawn);
        go(story, TICKS + 50, events);
        return spelled(story);
      };
      expect(end([...drawn.events, [at, "restart"]])).toBe(end(drawn.events));
    });
  });

  it("P10: no decision is made for a frozen route", () => {
    holds(100, plot("hard", "soft", "traffic", "prometheus", "edit", "reapply", "pin", "tiers", "restart"), (drawn) => {
      const freeze: StoryEvent = [0, "annotate web: failover.linkerd.io/freeze=true"];
      expect(decisionsOf(play({ ...drawn, events: [freeze, ...drawn.events] }))).toEqual([]);
    });
  });

  it("P11: a tick depends only on its input, and does not change it", () => {
    holds(60, plot(), (drawn) => {
      const story = begin(drawn);
      for (let tick = 0; tick < TICKS; tick++) {
        for (const [at, text] of drawn.events) if (at === tick) tell(story, text);
        const given = freezeDeep(structuredClone({ state: story.state, seen: story.observe() }));
        const again = step(given.state, given.seen, drawn.rules, story.nowMs);
        const { after, decisions } = story.tick();
        expect(again.decisions).toEqual(decisions);
        expect(again.state).toEqual(after);
        for (let second = 0; second < INTERVAL_MS / 1_000; second++) story.passSecond();
      }
    });
  });

  it("P13: a full return restores the owner's edit", () => {
    const inputs = fc.record({
      rules: ruleSet,
      start: nonZeroWeights,
      edit: nonZeroWeights,
      at: fc.nat(TICKS - 1),
      events: events("hard", "soft", "restart", "prometheus"),
    });
    holds(60, inputs, ({ rules, start, edit, at, events: drawn }) => {
      const story = begin({ rules, weights: start });
      go(story, at, drawn);
      // An edit to the weights that we wrote cannot be told from ours, nor an edit to the baseline from a re-apply.
      const [known] = story.state.routes.values();
      const sums = known?.splits[0];
      tell(story, `edit web: ${edit}`);
      const edited = Object.fromEntries(story.splits.get("web")?.weights.map(([b, s]) => [b, weightOfAll([s])]) ?? []);
      const common = Object.keys(edited).filter((b) => sums?.baseline[b] !== undefined);
      fc.pre(sums === undefined || [sums.desired, sums.live, sums.baseline].every((own) => common.some((b) => own[b] !== edited[b])));
      go(
        story,
        TICKS - at,
        drawn.map(([tick, text]) => [tick - at, text] as const),
      );
      healAll(story);
      go(story, 120);
      expect(spelled(story)).toBe(edit);
    });
  });

  it("P14: patches change only weights and our annotation, and only the version that was read", () => {
    holds(80, plot(), (drawn) => {
      const story = begin(drawn);
      for (let tick = 0; tick < TICKS; tick++) {
        for (const [at, text] of drawn.events) if (at === tick) tell(story, text);
        const [split] = story.splits.values();
        const route = split === undefined ? null : story.routeOf(split);
        for (const { desired } of story.tick().decisions) {
          if (route === null) throw new Error("no route");
          const [guard, ...others] = trafficSplitCodec.patch(route, desired);
          expect(guard).toEqual({ op: "replace", path: "/metadata/resourceVersion", value: route.resourceVersion });
          const ours = [`/metadata/annotations/${STATE_ANNOTATION.replace("/", "~1")}`, "/metadata/annotations"];
          for (const { path } of others) expect(ours.includes(path) || /^\/spec\/backends\/\d+\/weight$/.test(path)).toBe(true);
        }
        for (let second = 0; second < INTERVAL_MS / 1_000; second++) story.passSecond();
      }
    });
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecisionRecords } from "../../src/controller/decisionRecords.ts";
import type { Endpoints } from "../../src/evaluator/model/observation.ts";
import { RECORD_FORMAT, readRecord, writeRecord } from "../../src/evaluator/record/decisionRecord.ts";
import { fromLossless, writeLossless } from "../../src/evaluator/record/losslessJson.ts";
import type { MadeDecision } from "../../src/evaluator/record/madeDecision.ts";
import { step } from "../../src/evaluator/step.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { replayRecord } from "../../src/simulator/replayRecord.ts";
import { Story } from "../../src/simulator/story.ts";
import { begin, type Plot, plot, TICKS, tell } from "../evaluator/randomStory.ts";

const RUNS = 150;

/** Plays a story, and returns every decision with what it was made from. */
function* madeIn(story: Story, events: Plot["events"], ticks: number): Generator<MadeDecision> {
  for (let tick = 0; tick < ticks; tick++) {
    for (const [at, text] of events) if (at === tick) tell(story, text);
    yield* step(story.state, story.observe(), story.rules, story.steadyMs).made;
    story.tick();
    for (let second = 0; second < story.intervalMs / 1_000; second++) story.passSecond();
  }
}

/** The record of a decision, read back from its text. */
function throughText(made: MadeDecision) {
  const record = readRecord(JSON.parse(writeRecord({ version: "1.2.3", ...made })));
  if ("wrong" in record) throw new Error(record.wrong);
  return record;
}

/** A failover of an HTTPRoute with a client that is held first, beside another route of which nothing may be in the record. */
function outage(): readonly MadeDecision[] {
  const story = new Story(DEFAULT_RULES);
  tell(story, "httproute web: web 100, east 0", "split secret: secret 100, hidden 0", "traffic 40/s from 5 clients");
  const events = [[2, "client poison sends 20/s, 100% fail"] as const, [16, "web: 10% good"] as const];
  return [...madeIn(story, events, 40)];
}

describe("the record of a decision", () => {
  it("is replayed to the identical decision, whatever happened before", () => {
    let decisions = 0;
    fc.assert(
      fc.property(plot(), (random) => {
        for (const made of madeIn(begin(random), random.events, TICKS)) {
          const record = throughText(made);
          const again = replayRecord(record);
          expect(again.decision).toEqual(made.decision);
          expect(again.isSame).toBe(true);
          decisions += 1;
        }
      }),
      { numRuns: RUNS },
    );
    expect(decisions).toBeGreaterThan(RUNS);
  });

  it("is another decision if anything that it was made from is changed", () => {
    const [first] = outage();
    if (first === undefined) throw new Error("nothing was decided");
    const record = throughText(first);
    expect(replayRecord(record).isSame).toBe(true);
    const { input } = record;
    const { previous: _, ...fresh } = input;
    const changes = [
      { ...fresh, nowMs: input.nowMs },
      { ...input, rule: { ...input.rule, name: "other" } },
      { ...input, holds: { ...input.holds, mustStay: true } },
      { ...input, observation: { ...input.observation, metrics: null } },
      { ...input, state: { ...input.state, identity: "other" } },
    ];
    expect(changes.map((changed) => replayRecord({ ...record, input: changed }).isSame)).toEqual(changes.map(() => false));
  });

  it("holds nothing of other routes", () => {
    const made = outage();
    expect(made.length).toBeGreaterThan(0);
    for (const own of made) {
      const text = writeRecord({ version: "1.2.3", ...own });
      expect(text).not.toMatch(/secret|hidden/);
      expect(text).toContain("poison");
    }
  });

  it.each([
    [null, "not a record"],
    [{}, "not a record"],
    [{ format: "linkerd-failover/decision/9" }, `its format is linkerd-failover/decision/9, and this program reads ${RECORD_FORMAT}`],
    [{ format: RECORD_FORMAT, version: "1", input: {}, decision: {} }, "parts of it are missing"],
    [{ format: RECORD_FORMAT, version: "1" }, "parts of it are missing"],
  ])("%j is none", (value, wrong) => {
    expect(readRecord(value)).toEqual({ wrong: expect.stringContaining(wrong) });
  });
});

it("what JSON has no words for survives", () => {
  const value = {
    map: new Map<unknown, unknown>([[30_000, new Map([["a", { b: -0 }]])]]),
    set: new Set([1]),
    far: Number.POSITIVE_INFINITY,
    none: null,
  };
  expect(fromLossless(JSON.parse(writeLossless(value)))).toEqual(value);
});

describe("the kept records", () => {
  const [made] = outage();
  const of = (name: string): MadeDecision => {
    if (made === undefined) throw new Error("nothing was decided");
    const route = { ...made.input.route, name, key: `HTTPRoute/shop/${name}` };
    return { decision: made.decision, input: { ...made.input, route } };
  };

  it("are the last hundred, and those of a route come newest first", () => {
    const records = new DecisionRecords("1");
    records.take(Array.from({ length: 20_000 }, (_, i) => of(`route-${i}`)));
    expect([records.of("HTTPRoute/shop/route-19899").length, records.of("HTTPRoute/shop/route-19900").length]).toEqual([0, 1]);
    records.take([of("web")]);
    records.take([{ ...of("web"), input: { ...of("web").input, nowMs: 1 } }]);
    expect(records.of("HTTPRoute/shop/web").map((text) => JSON.parse(text).input.nowMs)).toEqual([1, made?.input.nowMs]);
    expect(records.of("HTTPRoute/shop/route-19901")).toEqual([]);
  });

  it("hold what was observed when they were kept, whenever they are written", () => {
    const own = of("web");
    const services = [...(made?.input.previous?.trace.survey?.services.values() ?? [])];
    const endpoints = new Map<string, Endpoints>(services.map((service) => [service, { state: "counted", ready: 1, notReady: 0 }]));
    const records = new DecisionRecords("1");
    records.take([{ ...own, input: { ...own.input, observation: { ...own.input.observation, endpoints } } }]);
    const before = [...endpoints];
    for (const service of services) endpoints.set(service, { state: "stale" });
    const [text = ""] = records.of("HTTPRoute/shop/web");
    expect(before.length).toBeGreaterThan(0);
    expect(JSON.parse(text).input.observation.endpoints.$map).toEqual(before);
  });

  it("are bounded in size, too: a huge one is left out, many large ones make room", () => {
    const large = (name: string, characters: number): MadeDecision => {
      const own = of(name);
      return { ...own, input: { ...own.input, route: { ...own.input.route, memoryText: "x".repeat(characters) } } };
    };
    const records = new DecisionRecords("1");
    records.take([large("huge", 2_000_000)]);
    expect(records.of("HTTPRoute/shop/huge")).toEqual([]);
    records.take(Array.from({ length: 20 }, (_, i) => large(`large-${i}`, 1_000_000)));
    expect(Array.from({ length: 20 }, (_, i) => records.of(`HTTPRoute/shop/large-${i}`).length)).toEqual([
      ...Array(12).fill(0),
      ...Array(8).fill(1),
    ]);
  });
});

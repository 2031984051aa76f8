import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { obey } from "../../src/simulator/commands.ts";
import { Story, type StoryTick } from "../../src/simulator/story.ts";

const SERVICES = ["web", "east", "west"] as const;
const TICKS = 40;

const service = fc.constantFrom(...SERVICES);
const weights = fc.tuple(
  fc.constantFrom("100", "1", "60", '"500m"', "0"),
  fc.constantFrom("0", "40", "1"),
  fc.constantFrom("0", "0", "20"),
);
const written = weights.map(([web, east, west]) => `web ${web}, east ${east}, west ${west}`);
const hard = fc
  .tuple(service, fc.constantFrom("0 of 2 ready", "2 ready", "no endpoints", "elsewhere", "readiness stale"))
  .map(([s, f]) => `${s}: ${f}`);
const soft = fc.tuple(service, fc.constantFrom("40% good", "95% good", "well", "dead", "5/s of its own")).map(([s, f]) => `${s}: ${f}`);
const world = fc.constantFrom("traffic 0/s", "traffic 40/s", "prometheus down", "prometheus up", "writes fail", "writes land", "restart");
const owner = written.map((text) => `edit web: ${text}`);
const events = fc.array(fc.tuple(fc.nat(TICKS - 1), fc.oneof(hard, soft, world, owner)), { maxLength: 12 });

/** A story of one split: its commands at their ticks, and what each tick did. */
function play(start: string, commands: readonly (readonly [number, string])[]): readonly StoryTick[] {
  const story = new Story(DEFAULT_RULES);
  obey(story, { text: `split web: ${start}`, body: "" });
  obey(story, { text: "traffic 40/s", body: "" });
  const ticks: StoryTick[] = [];
  for (let tick = 0; tick < TICKS; tick++) {
    for (const [at, text] of commands) if (at === tick) obey(story, { text, body: "" });
    ticks.push(story.tick());
    for (let second = 0; second < story.intervalMs / 1_000; second++) story.passSecond();
  }
  return ticks;
}

const decisionsOf = (ticks: readonly StoryTick[]) => ticks.flatMap(({ decisions }) => decisions);

describe("for every order of events", () => {
  it("P1: weights that are written are never all zero, and whole numbers or exactly the owner's", () => {
    fc.assert(
      fc.property(written, events, (start, commands) => {
        for (const { wish } of decisionsOf(play(start, commands))) {
          for (const split of wish.splits) {
            const sum = split.backends.reduce((total, b) => total + b.weight, 0);
            expect(sum).toBeGreaterThan(0);
            const baseline = wish.memory.splits[split.name]?.baseline ?? {};
            const isBaseline = split.backends.every((b) => JSON.stringify(b.spellings) === JSON.stringify(baseline[b.backend]));
            if (!isBaseline) expect(sum).toBeGreaterThanOrEqual(100);
            if (!isBaseline) for (const b of split.backends) expect(Number.isInteger(b.weight)).toBe(true);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it("P4: without evidence nothing moves", () => {
    const silent = fc.oneof(
      fc.constantFrom("prometheus down", "prometheus up", "traffic 0/s", "restart"),
      service.map((s) => `${s}: readiness stale`),
      service.map((s) => `${s}: elsewhere`),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(TICKS - 1), silent), { maxLength: 12 }), (commands) => {
        expect(decisionsOf(play("web 100, east 0, west 0", commands))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it("P7: a return never skips a step", () => {
    fc.assert(
      fc.property(events, (commands) => {
        for (const { before, after } of play("web 100, east 0, west 0", commands)) {
          for (const [key, route] of after.routes) {
            for (const [backend, { state }] of route.backends) {
              const was = before.routes.get(key)?.backends.get(backend)?.state;
              if (state.phase === "returning" && state.step > 0 && was !== undefined) {
                expect(was.phase === "returning" && (was.step === state.step || was.step === state.step - 1)).toBe(true);
              }
            }
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it("P10: what is frozen is never written", () => {
    fc.assert(
      fc.property(events, (commands) => {
        const freeze: readonly [number, string] = [0, "annotate web: failover.linkerd.io/freeze=true"];
        expect(decisionsOf(play("web 100, east 0, west 0", [freeze, ...commands]))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it("P11: the same story is decided the same way", () => {
    fc.assert(
      fc.property(written, events, (start, commands) => {
        expect(decisionsOf(play(start, commands))).toEqual(decisionsOf(play(start, commands)));
      }),
      { numRuns: 50 },
    );
  });

  it("P9: a restart at a quiet moment writes nothing by itself", () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: TICKS - 1 }), fc.boolean(), (at, failedOver) => {
        const fault: readonly [number, string] = [7, failedOver ? "web: no endpoints" : "east: no endpoints"];
        const plain = decisionsOf(play("web 100, east 0, west 0", [fault])).length;
        const restarted = decisionsOf(play("web 100, east 0, west 0", [fault, [at, "restart"]])).length;
        expect(restarted).toBe(plain);
      }),
      { numRuns: 40 },
    );
  });
});

import { beforeEach, describe, expect, it, vi } from "vitest";
import type * as brakes from "../../src/evaluator/brakes/departures.ts";
import type * as phase from "../../src/evaluator/phases/nextPhase.ts";
import type { Step, step, stepInSlices } from "../../src/evaluator/step.ts";
import type { DesiredRoute, JsonPatch, Route, RouteCodec } from "../../src/routes/route.ts";
import { MUTANTS, type Mutant } from "./mutants.ts";
import { playSeededStory } from "./seededStory.ts";

const current = vi.hoisted((): { mutant: Mutant } => ({ mutant: {} as Mutant }));

vi.mock("../../src/routes/codecs.ts", async (original) => {
  const { CODECS } = await original<{ readonly CODECS: readonly RouteCodec[] }>();
  const broken = (codec: RouteCodec): RouteCodec => ({
    ...codec,
    read: (object) => current.mutant.read?.(codec.read(object)) ?? codec.read(object),
    patch: (route: Route, desired: DesiredRoute): JsonPatch =>
      current.mutant.patch?.(codec.patch(route, desired)) ?? codec.patch(route, desired),
  });
  return { CODECS: CODECS.map(broken) };
});
vi.mock("../../src/evaluator/step.ts", async (original) => {
  const real = await original<{ readonly step: typeof step; readonly stepInSlices: typeof stepInSlices }>();
  // A mutant takes no pauses.
  function* broken(...given: Parameters<typeof step>): Generator<void, Step> {
    return current.mutant.step?.(real.step, given) ?? (yield* real.stepInSlices(...given));
  }
  return { step: real.step, stepInSlices: broken };
});
vi.mock("../../src/evaluator/phases/nextPhase.ts", async (original) => {
  const real = await original<typeof phase>();
  const nextPhase: typeof real.nextPhase = (state, tick, rule) =>
    current.mutant.nextPhase?.(real.nextPhase, [state, tick, rule]) ?? real.nextPhase(state, tick, rule);
  return { ...real, nextPhase };
});
vi.mock("../../src/evaluator/brakes/departures.ts", async (original) => {
  const real = await original<typeof brakes>();
  class Departures extends real.Departures {
    override grant(waiting: readonly Route[], nowMs: number): ReadonlySet<string> {
      return current.mutant.ignoresMaxShifted === true ? new Set(waiting.map(({ key }) => key)) : super.grant(waiting, nowMs);
    }
  }
  return { ...real, Departures };
});

beforeEach(() => {
  current.mutant = {} as Mutant;
});

describe("a deliberate bug is detected by the property that it breaks", () => {
  it.each([...new Set(MUTANTS.map(({ seed }) => seed))])("which the story of seed %i does not break without one", async (seed) => {
    expect((await playSeededStory(seed)).violations).toEqual([]);
  });

  it.each(MUTANTS)("$property: $bug", async (mutant) => {
    current.mutant = mutant;
    const { violations } = await playSeededStory(mutant.seed);
    expect(violations[0] ?? "no violation").toContain(mutant.property);
  });

  it("P11: decisions depend on unseeded randomness", async () => {
    current.mutant = { ...({} as Mutant), step: forgetsNowAndThen };
    const first = await playSeededStory(3, { troubledMs: 120_000 });
    const second = await playSeededStory(3, { troubledMs: 120_000 });
    expect(second.chronicle).not.toEqual(first.chronicle);
  });
});

/** A step whose result is random. */
function forgetsNowAndThen(real: typeof step, given: Parameters<typeof step>): Step {
  const { decisions, ...rest } = real(...given);
  return { ...rest, decisions: Math.random() < 0.5 ? decisions : [] };
}

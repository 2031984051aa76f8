import { describe, expect, it } from "vitest";
import type { BackendReport } from "../../../src/evaluator/model/backendReport.ts";
import { type BackendState, clean } from "../../../src/evaluator/model/backendState.ts";
import { survey } from "../../../src/evaluator/model/survey.ts";
import { desiredWeights } from "../../../src/evaluator/weights/desiredWeights.ts";
import type { Memory, Spellings } from "../../../src/routes/route.ts";
import { routeOf } from "../../routes/routeObjects.ts";
import { out, returning, ruleWith } from "./candidates.ts";

const SUSPECT: BackendState = {
  ...{ phase: "suspect", sinceMs: 0, relapses: 0, cause: null, servingSinceMs: 0, suspectedBy: "successRate" },
  ...{ evidence: new Map(), lastUnfitMs: 0 },
};

interface Case {
  /** The live weights as the owner, or we, spelled them. */
  readonly live: readonly (readonly [backend: string, weight: unknown])[];
  /** What we remember of the baseline, if we wrote the live weights. */
  readonly baseline?: Readonly<Record<string, Spellings>>;
  readonly states?: Readonly<Record<string, BackendState>>;
  readonly pin?: string;
  readonly rule?: Record<string, unknown>;
  readonly ready?: readonly [ready: number, notReady: number];
}

/** The plan for a split of one route. */
function plan({ live, baseline, states = {}, pin, rule = {}, ready = [1, 0] }: Case) {
  const route = routeOf(...live);
  const written = Object.fromEntries(route.splits[0]?.backends.map(({ backend, weight }) => [backend, weight]) ?? []);
  const memory: Memory | null = baseline === undefined ? null : { splits: { "0": { baseline, written } }, backends: {} };
  const moved = new Map(
    route.splits[0]?.backends.map(({ backend }, i) => {
      const [count, notReady] = i === 0 ? ready : [1, 0];
      const endpoints = { state: "counted", ready: count, notReady };
      const judgement = { verdict: "fit", hard: [], soft: [], readyEndpoints: count, endpoints, hasUnseenEndpoints: false, cluster: null };
      return [backend, { backend, state: states[backend] ?? clean(0), judgement, lastShown: [] } as unknown as BackendReport];
    }) ?? [],
  );
  const terms = { rule: ruleWith(rule), pin: pin ?? null, metricsFrozen: false };
  const [only] = desiredWeights(survey(null, route, memory), moved, terms);
  return only ?? expect.fail("no plan");
}

const weights = (given: Case) => plan(given).state.desired;
const spellings = (given: Case) => plan(given).desired.backends.map((b) => b.spellings);

const HOME = { web: [100], east: [0] };

describe("the desired weights", () => {
  it("are the owner's, as they are spelled, while every backend serves", () => {
    const live = [
      ["web", "1"],
      ["east", 0.5],
      ["north", undefined],
    ] as const;
    expect(plan({ live })).toMatchObject({ differs: false, isShifted: false });
    expect(spellings({ live })).toEqual([["1"], [0.5], [0]]);
  });

  it("are the owner's again when the last one serves", () => {
    const back = {
      live: [
        ["web", 50],
        ["east", 50],
      ],
      baseline: { web: ["500m"], east: [0] },
    } as const;
    expect(plan(back)).toMatchObject({ differs: true, isShifted: true });
    expect(spellings(back)).toEqual([["500m"], [0]]);
  });

  it("do not change because of a standby that is out", () => {
    expect(
      plan({
        live: [
          ["web", 100],
          ["east", 0],
        ],
        states: { east: out() },
      }),
    ).toMatchObject({ differs: false, isShifted: false });
  });

  it("leave a suspect its load, and give it none that it does not have", () => {
    expect(
      weights({
        live: [
          ["web", 100],
          ["east", 0],
        ],
        states: { web: SUSPECT },
      }),
    ).toEqual({ web: 100, east: 0 });
    expect(
      weights({
        live: [
          ["web", 0],
          ["east", 100],
        ],
        baseline: HOME,
        states: { web: SUSPECT },
      }),
    ).toEqual({ web: 100, east: 0 });
  });

  it("leave live weights as they are spelled if they have the right shares already", () => {
    const thirds = {
      live: [
        ["web", 0],
        ["east", "2"],
        ["west", "1"],
      ],
      baseline: { web: [7], east: [2], west: [1] },
    } as const;
    expect(plan({ ...thirds, states: { web: out() } })).toMatchObject({ differs: false, isShifted: true });
    expect(spellings({ ...thirds, states: { web: out() } })).toEqual([[0], ["2"], ["1"]]);
    expect(weights({ ...thirds, states: { web: out() } })).toEqual({ web: 0, east: 2, west: 1 });
  });

  it("are computed anew if the owner removed the backend that had them all", () => {
    const emptied = {
      live: [
        ["web", 0],
        ["east", 0],
      ],
      baseline: { web: [100], east: [0] },
      states: { web: out() },
    } as const;
    expect(plan(emptied)).toMatchObject({ differs: true, state: { desired: { web: 0, east: 100 } } });
  });
});

describe("a pin", () => {
  it("takes all of the load, whatever health says", () => {
    const live = [
      ["web", 60],
      ["east", 40],
    ] as const;
    expect(plan({ live, pin: "east", states: { east: out() } })).toMatchObject({
      differs: true,
      state: { desired: { web: 0, east: 100 } },
    });
  });

  it("of a backend that this split does not have changes nothing in it", () => {
    expect(
      weights({
        live: [
          ["web", 60],
          ["east", 40],
        ],
        pin: "north",
      }),
    ).toEqual({ web: 60, east: 40 });
    expect(
      weights({
        live: [
          ["web", 60],
          ["east", 40],
        ],
        pin: "constructor",
      }),
    ).toEqual({ web: 60, east: 40 });
  });

  it("says nothing of load that would spill", () => {
    const spill = {
      live: [
        ["web", 100],
        ["east", 0],
      ],
      rule: { spill: {} },
      ready: [2, 2],
    } as const;
    expect(plan(spill)).toMatchObject({ spilled: [70, 30], state: { desired: { web: 70, east: 30 } } });
    expect(plan({ ...spill, pin: "web" }).spilled).toBeUndefined();
  });
});

describe("weights with `standbyShare`", () => {
  const rule = { fallback: { standbyShare: "10%" } };
  it("are not shifted", () => {
    expect(
      weights({
        live: [
          ["web", 100],
          ["east", 0],
        ],
        rule,
      }),
    ).toEqual({ web: 90, east: 10 });
    expect(
      plan({
        live: [
          ["web", 90],
          ["east", 10],
        ],
        baseline: HOME,
        rule,
      }),
    ).toMatchObject({ differs: false, isShifted: false });
  });

  it("are shifted if they are others, though a backend is out now or its endpoints are gone", () => {
    const away = {
      live: [
        ["web", 0],
        ["east", 100],
      ],
      baseline: HOME,
      rule,
    } as const;
    expect(plan({ ...away, states: { web: out() }, ready: [0, 0] })).toMatchObject({ differs: false, isShifted: true });
    const home = {
      live: [
        ["web", 90],
        ["east", 10],
      ],
      baseline: HOME,
      rule,
    } as const;
    expect(plan({ ...home, states: { web: out() }, ready: [0, 0] })).toMatchObject({ differs: true, isShifted: false });
  });

  it("are shifted without it where nothing is kept warm", () => {
    expect(
      plan({
        live: [
          ["web", 90],
          ["east", 10],
        ],
        baseline: HOME,
        states: { web: returning(0) },
      }).isShifted,
    ).toBe(true);
  });
});

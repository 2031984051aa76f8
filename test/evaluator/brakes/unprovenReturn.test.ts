import { describe, expect, it } from "vitest";
import { unprovenReturn } from "../../../src/evaluator/brakes/unprovenReturn.ts";
import type { BackendReport } from "../../../src/evaluator/model/backendReport.ts";
import type { BackendState } from "../../../src/evaluator/model/backendState.ts";
import type { Opinion } from "../../../src/evaluator/model/reason.ts";
import type { RouteState } from "../../../src/evaluator/model/state.ts";
import type { SplitPlan, SurveyedSplit } from "../../../src/evaluator/model/survey.ts";

type Weights = Readonly<Record<string, number>>;

const AWAY = { web: 0, east: 100 };
const STEP = { web: 5, east: 95 };

const BACK: BackendState = { phase: "returning", sinceMs: 0, relapses: 0, cause: "successRate", step: 0, trial: null };
const SERVES: BackendState = { phase: "serving", sinceMs: 0, relapses: 0, cause: null };

function report(backend: string, state: BackendState, opinion: Opinion, verdict = "fit", latency: Opinion = "quiet"): BackendReport {
  const soft = [
    { cause: "successRate", opinion },
    { cause: "latency", opinion: latency },
  ];
  return { backend, state, judgement: { verdict, soft } } as unknown as BackendReport;
}

interface Case {
  readonly live?: Weights;
  readonly desired?: Weights;
  /** As at the tick before; undefined: the same as now. */
  readonly liveThen?: Weights;
  readonly desiredThen?: Weights;
  readonly nameThen?: string;
  readonly backends?: readonly BackendReport[];
  /** The weights of a second split. */
  readonly second?: SecondSplit;
}

interface SecondSplit {
  readonly live: Weights;
  readonly desired: Weights;
  /** As at the tick before; undefined: the same as now, null: there was no second split. */
  readonly liveThen?: Weights | null;
}

const MISSING = [report("web", BACK, "missing"), report("east", SERVES, "fit")];

/** The backend whose return waits for new evidence. */
function waiting({
  live = AWAY,
  desired = STEP,
  liveThen = live,
  desiredThen = desired,
  nameThen = "0",
  backends = MISSING,
  second,
}: Case) {
  const surveyed = (weights: Weights, name: string) => ({ split: { name }, live: weights }) as unknown as SurveyedSplit;
  const splits = [surveyed(live, "0"), ...(second === undefined ? [] : [surveyed(second.live, "1")])];
  const hadSecond = second !== undefined && second.liveThen !== null;
  const previous = {
    splits: [{ desired: desiredThen }, ...(hadSecond ? [{ desired: second.desired }] : [])],
    trace: { survey: { splits: [surveyed(liveThen, nameThen), ...(hadSecond ? [surveyed(second.liveThen ?? second.live, "1")] : [])] } },
  } as unknown as RouteState;
  const plans = [{ live, desired }, ...(second === undefined ? [] : [second])].map((state) => ({ state }) as unknown as SplitPlan);
  return unprovenReturn(previous, splits, plans, new Map(backends.map((own) => [own.backend, own])));
}

describe("a return that was decided and not written", () => {
  it.each<Opinion>(["missing", "failed"])("needs new evidence if its metric is %s now", (opinion) => {
    expect(waiting({ backends: [report("web", BACK, opinion), report("east", SERVES, "fit")] })).toBe("web");
  });

  it.each<Opinion>(["fit", "quiet", "between", "warmUp"])("needs none if its metric is %s", (opinion) => {
    expect(waiting({ backends: [report("web", BACK, opinion), report("east", SERVES, "fit")] })).toBeNull();
  });

  it("needs none if another metric than the one that removed it is missing", () => {
    expect(waiting({ backends: [report("web", { ...BACK, cause: "latency" }, "missing")] })).toBeNull();
  });

  it("needs it whatever other metrics say", () => {
    expect(waiting({ backends: [report("web", BACK, "missing", "fit", "fit")] })).toBe("web");
  });

  it("is also the last step of one that serves again, but no service with a clean record", () => {
    expect(waiting({ backends: [report("web", { ...SERVES, cause: "successRate" }, "missing")] })).toBe("web");
    expect(waiting({ backends: [report("web", SERVES, "missing")] })).toBeNull();
  });

  it("is none without a tick before", () => {
    expect(unprovenReturn(undefined, [], [], new Map())).toBeNull();
  });

  it("is a new one if the live or the desired weights have changed, or those of another rule stood here", () => {
    expect(waiting({ liveThen: { web: 100, east: 0 } })).toBeNull();
    expect(waiting({ desiredThen: { web: 25, east: 75 } })).toBeNull();
    expect(waiting({ nameThen: "1" })).toBeNull();
    // The same shares in other numbers are the same weights.
    expect(waiting({ liveThen: { web: 0, east: 1 }, desiredThen: { web: 1, east: 19 } })).toBe("web");
  });

  it("is none of a backend that gains nothing", () => {
    expect(waiting({ live: STEP, desired: AWAY })).toBeNull();
    expect(waiting({ live: { web: 5, east: 95 }, desired: { web: 10, east: 190 } })).toBeNull();
  });

  it("is also a further step", () => {
    expect(waiting({ live: STEP, desired: { web: 25, east: 75 } })).toBe("web");
  });

  it("is one of several splits, of which only one may change", () => {
    const other = { live: { api: 100 }, desired: { api: 100 } };
    expect(waiting({ second: other })).toBe("web");
    expect(waiting({ second: { ...other, liveThen: { api: 50, east: 50 } } })).toBeNull();
    // This rule was added since the tick before.
    expect(waiting({ second: { ...other, liveThen: null } })).toBeNull();
    const out: BackendState = { phase: "out", sinceMs: 0, relapses: 0, cause: "successRate", fromStep: false, good: null };
    expect(waiting({ second: other, backends: [...MISSING, report("api", out, "quiet")] })).toBeNull();
  });

  it("does not wait while a backend that is out or unfit carries load", () => {
    const out: BackendState = { phase: "out", sinceMs: 0, relapses: 0, cause: "successRate", fromStep: false, good: null };
    const web = report("web", BACK, "missing");
    expect(waiting({ backends: [web, report("east", out, "quiet")] })).toBeNull();
    expect(waiting({ backends: [web, report("east", SERVES, "unfit", "unfit")] })).toBeNull();
    expect(waiting({ backends: [web, report("west", out, "quiet")] })).toBe("web");
  });
});

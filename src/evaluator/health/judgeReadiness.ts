import type { Rule } from "../../rules/ruleSet.ts";
import type { SignalJudgement } from "../model/judgement.ts";
import type { Endpoints } from "../model/observation.ts";

/** Judges a backend by its ready endpoints. What is said of many at every tick is one object: most of them are at rest. */
export function judgeReadiness(seen: Endpoints, signal: NonNullable<Rule["signals"]["readiness"]>): SignalJudgement {
  switch (seen.state) {
    case "elsewhere":
      return ELSEWHERE;
    case "stale":
      return STALE;
    case "counted": {
      const all = seen.ready + seen.notReady;
      return counted(seen.ready, all, needed(signal, all));
    }
  }
}

const OWN = { signal: "readiness", cause: "readiness", interval: null } as const;

const ELSEWHERE: SignalJudgement = {
  ...OWN,
  opinion: "quiet",
  reading: { state: "missing" },
  reasons: [{ kind: "readinessSilent", why: "elsewhere" }],
};
const STALE: SignalJudgement = {
  ...OWN,
  opinion: "failed",
  reading: { state: "failed" },
  reasons: [{ kind: "readinessSilent", why: "stale" }],
};

/** Backends with more endpoints than this are rare: what is said of theirs is said anew at each tick. */
const MOST_ENDPOINTS_IN_COMMON = 31;
const commonlySaid = new Map<number, SignalJudgement>();

/** What is said of so many endpoints: the same object for all backends that have as many, as most have a few. */
function counted(ready: number, all: number, minReady: number): SignalJudgement {
  if (Math.max(ready, all, minReady) > MOST_ENDPOINTS_IN_COMMON) return say(ready, all, minReady);
  const key = (ready * (MOST_ENDPOINTS_IN_COMMON + 1) + all) * (MOST_ENDPOINTS_IN_COMMON + 1) + minReady;
  let said = commonlySaid.get(key);
  if (said === undefined) commonlySaid.set(key, (said = say(ready, all, minReady)));
  return said;
}

function say(ready: number, all: number, minReady: number): SignalJudgement {
  return {
    ...OWN,
    opinion: ready < minReady ? "unfit" : "fit",
    reading: { state: "value", good: ready, total: all },
    reasons: [{ kind: "ready", ready, minReady }],
  };
}

/** How many must be ready: so many, or so large a part of all, but always one. */
function needed({ minReady, minReadyShare }: NonNullable<Rule["signals"]["readiness"]>, all: number): number {
  if (minReadyShare === undefined) return minReady ?? 1;
  // A hair above a whole number by floating point is that whole number.
  return Math.max(1, Math.ceil(minReadyShare * all - 1e-9));
}

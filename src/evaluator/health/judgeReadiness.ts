import type { Rule } from "../../rules/ruleSet.ts";
import type { SignalJudgement } from "../model/judgement.ts";
import type { Endpoints } from "../model/observation.ts";

/** Judges a backend by its ready endpoints. Backends with the same few endpoints share one object, to save memory. */
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

/** Backends with more endpoints than this are rare, so their judgements are not shared. */
const MOST_SHARED_ENDPOINTS = 31;
const sharedJudgements = new Map<number, SignalJudgement>();

function counted(ready: number, all: number, minReady: number): SignalJudgement {
  if (Math.max(ready, all, minReady) > MOST_SHARED_ENDPOINTS) return judgementOf(ready, all, minReady);
  const key = (ready * (MOST_SHARED_ENDPOINTS + 1) + all) * (MOST_SHARED_ENDPOINTS + 1) + minReady;
  let shared = sharedJudgements.get(key);
  if (shared === undefined) sharedJudgements.set(key, (shared = judgementOf(ready, all, minReady)));
  return shared;
}

function judgementOf(ready: number, all: number, minReady: number): SignalJudgement {
  return {
    ...OWN,
    opinion: ready < minReady ? "unfit" : "fit",
    reading: { state: "value", good: ready, total: all },
    reasons: [{ kind: "ready", ready, minReady }],
  };
}

/** How many endpoints must be ready: `minReady`, or `minReadyShare` of all, but at least one. */
function needed({ minReady, minReadyShare }: NonNullable<Rule["signals"]["readiness"]>, all: number): number {
  if (minReadyShare === undefined) return minReady ?? 1;
  // 1e-9: floating point may put the product slightly above a whole number.
  return Math.max(1, Math.ceil(minReadyShare * all - 1e-9));
}

import type { Rule } from "../rules/ruleSet.ts";
import type { SignalJudgement } from "./judgement.ts";
import type { Endpoints } from "./observation.ts";

const NO_ENDPOINTS: Endpoints = { state: "counted", ready: 0, notReady: 0 };

/** Judges a backend by its ready endpoints; undefined: it has none. What the last look said is handed on where it is said again. */
export function judgeReadiness(
  endpoints: Endpoints | undefined,
  signal: NonNullable<Rule["signals"]["readiness"]>,
  last?: SignalJudgement,
): SignalJudgement {
  const seen = endpoints ?? NO_ENDPOINTS;
  const own = { signal: "readiness", cause: "readiness", interval: null } as const;
  switch (seen.state) {
    case "elsewhere":
      return { ...own, opinion: "quiet", reading: { state: "missing" }, reasons: [{ kind: "readinessSilent", why: "elsewhere" }] };
    case "stale":
      return { ...own, opinion: "failed", reading: { state: "failed" }, reasons: [{ kind: "readinessSilent", why: "stale" }] };
    case "counted": {
      const { ready, notReady } = seen;
      const minReady = needed(signal, ready + notReady);
      if (last !== undefined && saysTheSame(last, ready, notReady, minReady)) return last;
      return {
        ...own,
        opinion: ready < minReady ? "unfit" : "fit",
        reading: { state: "value", good: ready, total: ready + notReady },
        reasons: [{ kind: "ready", ready, minReady }],
      };
    }
  }
}

function saysTheSame({ reading, reasons }: SignalJudgement, ready: number, notReady: number, minReady: number): boolean {
  const reason = reasons[0];
  if (!("total" in reading) || reason?.kind !== "ready") return false;
  return reason.ready === ready && reading.total === ready + notReady && reason.minReady === minReady;
}

/** How many must be ready: so many, or so large a part of all, but always one. */
function needed({ minReady, minReadyShare }: NonNullable<Rule["signals"]["readiness"]>, all: number): number {
  if (minReadyShare === undefined) return minReady ?? 1;
  // A hair above a whole number by floating point is that whole number.
  return Math.max(1, Math.ceil(minReadyShare * all - 1e-9));
}

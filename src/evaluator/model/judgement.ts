import type { Cause } from "../../routes/route.ts";
import type { ClusterState } from "./cluster.ts";
import type { CountedEndpoints, Reading } from "./observation.ts";
import type { Opinion, Reason } from "./reason.ts";
import type { Interval } from "./wilson.ts";

export type Verdict = "fit" | "unfit" | "unknown";

/** What one signal says of one backend at one tick. */
export interface SignalJudgement {
  /** As in the rules; an operator's own query is called `query NAME`. */
  readonly signal: string;
  readonly cause: Cause;
  readonly opinion: Opinion;
  readonly reading: Reading;
  /** Better above worse: two backends whose intervals do not touch differ for sure. Null without a value. */
  readonly interval: Interval | null;
  readonly reasons: readonly Reason[];
}

/** What all signals together say of one backend at one tick. */
export interface Judgement {
  /** Unfit if any signal says unfit; else fit if any says fit; else unknown. */
  readonly verdict: Verdict;
  /** Readiness and gateway: hard evidence, which acts at once. Only those that are on. */
  readonly hard: readonly SignalJudgement[];
  /** Signals that are counted or measured by Prometheus: soft evidence, which must last. Only those that are on. */
  readonly soft: readonly SignalJudgement[];
  /** Ready endpoints; null where readiness has nothing to say. */
  readonly readyEndpoints: number | null;
  /** Its endpoints as last counted; null where nobody can count them here. */
  readonly endpoints: CountedEndpoints | null;
  /** Since the first tick nobody could tell whether it has endpoints. */
  readonly hasUnseenEndpoints: boolean;
  /** The cluster behind whose gateway it is, as that stands; null: it is behind none, or nobody asks for it. */
  readonly cluster: ClusterState | null;
}

/** The first signal that speaks against the backend. */
export function against(signals: readonly SignalJudgement[]): SignalJudgement | null {
  for (const signal of signals) if (signal.opinion === "unfit") return signal;
  return null;
}

/** Whether no hard evidence speaks against the backend: it can take traffic, however well. */
export function isReady({ hard }: Judgement): boolean {
  return against(hard) === null;
}

/** Why it is not known whether a backend can be reached. */
export type Doubt = "seenDead" | "unseen";

/**
 * What cannot be known yet of a backend, since this controller started. Behind a gateway that is seen dead for the first time
 * it may have been unreachable for long, and behind one that nobody can see, too, as where nobody can count its endpoints:
 * where that moved no weight it stands in no annotation. One that was dead when it was last seen is in doubt as well, until
 * it is seen alive.
 */
export function doubtOf({ cluster, hard, hasUnseenEndpoints }: Judgement): Doubt | null {
  if (cluster !== null && cluster.known !== "alive" && cluster.gateway === "dying") return "seenDead";
  if (cluster !== null && cluster.known !== "alive" && cluster.gateway === "unknown") return "unseen";
  return hasUnseenEndpoints && hard.some(({ signal }) => signal === "readiness") ? "unseen" : null;
}

/** What was read of each signal. */
export function readingsOf({ hard, soft }: Judgement): Readonly<Record<string, Reading>> {
  const readings: Record<string, Reading> = {};
  for (const { signal, reading } of hard) readings[signal] = reading;
  for (const { signal, reading } of soft) readings[signal] = reading;
  return readings;
}

import type { Cause } from "../../routes/route.ts";
import type { ClusterState } from "./cluster.ts";
import type { CountedEndpoints, Reading } from "./observation.ts";
import type { Opinion, Reason } from "./reason.ts";
import type { Interval } from "./wilson.ts";

export type Verdict = "fit" | "unfit" | "unknown";

/** The judgement of one signal on one backend at one tick. */
export interface SignalJudgement {
  /** Its name in the rules; `query NAME` for an operator's own query. */
  readonly signal: string;
  readonly cause: Cause;
  readonly opinion: Opinion;
  readonly reading: Reading;
  /** A higher interval is better. Two backends whose intervals do not overlap differ significantly. Null without a value. */
  readonly interval: Interval | null;
  readonly reasons: readonly Reason[];
}

/** The judgement of all signals together on one backend at one tick. */
export interface Judgement {
  /** Unfit if any signal is unfit; else fit if any is fit; else unknown. */
  readonly verdict: Verdict;
  /** Hard evidence, which acts at once: readiness and gateway, if they are on. */
  readonly hard: readonly SignalJudgement[];
  /** Soft evidence, which must last: the signals from Prometheus that are on. */
  readonly soft: readonly SignalJudgement[];
  /** The number of ready endpoints; null: unknown. */
  readonly readyEndpoints: number | null;
  /** Its endpoints as last counted; null: they were never counted, or are elsewhere. */
  readonly endpoints: CountedEndpoints | null;
  /** Its endpoints have been unknown since the first tick. */
  readonly hasUnseenEndpoints: boolean;
  /** Endpoints that may have been ready before count as missing; null: it has none of these. */
  readonly countsUnclear: boolean | null;
  /** The state of the cluster whose gateway it uses; null: it uses none, or the signal is off. */
  readonly cluster: ClusterState | null;
}

/** The first unfit signal; null: there is none. */
export function against(signals: readonly SignalJudgement[]): SignalJudgement | null {
  for (const signal of signals) if (signal.opinion === "unfit") return signal;
  return null;
}

/**
 * Whether a backend can be reached: it has a ready endpoint, however many `minReady` asks for, and its gateway is not dead. It may
 * be unfit all the same. What is unknown counts as reachable.
 */
export function isReachable({ hard, readyEndpoints }: Judgement): boolean {
  const hasEndpoint = readyEndpoints === null || readyEndpoints > 0;
  return hard.every(({ signal, opinion }) => opinion !== "unfit" || (signal === "readiness" && hasEndpoint));
}

/** Why it is unknown whether a backend can be reached: its gateway was dead at one tick, or nothing was seen. */
export type Doubt = "seenDead" | "unseen";

/**
 * Why it is unknown since the start of this controller whether a backend can be reached; null: it is known. Its gateway or its
 * endpoints may have been down long before the start: if that moved no weight, no annotation says so. After a gateway was
 * dead, the doubt stays until it is alive.
 */
export function doubtOf({ cluster, hard, hasUnseenEndpoints }: Judgement): Doubt | null {
  if (cluster !== null && cluster.known !== "alive" && cluster.gateway === "dying") return "seenDead";
  if (cluster !== null && cluster.known !== "alive" && cluster.gateway === "unknown") return "unseen";
  return hasUnseenEndpoints && hard.some(({ signal }) => signal === "readiness") ? "unseen" : null;
}

/** The reading of each signal, by its name. */
export function readingsOf({ hard, soft }: Judgement): Readonly<Record<string, Reading>> {
  const readings: Record<string, Reading> = {};
  for (const { signal, reading } of hard) readings[signal] = reading;
  for (const { signal, reading } of soft) readings[signal] = reading;
  return readings;
}

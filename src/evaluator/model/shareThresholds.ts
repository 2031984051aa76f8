import type { Signals } from "../../rules/ruleSet.ts";
import type { SignalWindow } from "./observation.ts";

/** The thresholds for a share of good requests. */
export interface ShareThresholds extends SignalWindow {
  readonly failBelow: number;
  readonly recoverAbove: number;
  readonly minRequests: number;
  /** Whether `failAfter` ends early once there is no doubt. */
  readonly earlyWhenSure?: boolean;
  /** For latency: the bound in milliseconds. */
  readonly underMs?: number;
}

/** The thresholds of a signal that is a share of good requests; undefined: it is none, or off. */
export function thresholdsOf({ successRate, latency, unanswered }: Signals, signal: string): ShareThresholds | undefined {
  if (signal === "successRate") return successRate;
  if (signal === "latency") return latency;
  return signal === "unanswered" && unanswered !== undefined ? asAnswered(unanswered) : undefined;
}

/** `unanswered` as thresholds for the share of answered requests. */
export function asAnswered({ failAbove, recoverBelow, ...others }: NonNullable<Signals["unanswered"]>): ShareThresholds {
  const { windowMs, minRequests, earlyWhenSure, prometheus } = others;
  const early = earlyWhenSure === undefined ? {} : { earlyWhenSure };
  return { failBelow: 1 - failAbove, recoverAbove: 1 - recoverBelow, windowMs, minRequests, ...early, ...(prometheus && { prometheus }) };
}

import type { BackendReport } from "../evaluator/model/backendReport.ts";
import { readingsOf } from "../evaluator/model/judgement.ts";
import type { RouteState } from "../evaluator/model/state.ts";

/** What metrics say of a backend's requests: counted, too few to judge or none, unknown, or the signal is off. */
export type Seen = "value" | "quiet" | "unknown" | "off";

export interface RequestsSeen {
  readonly seen: Seen;
  /** Share of good requests, 0..1; null if there were none, or if that is unknown. */
  readonly success: number | null;
  /** Requests per second over the window; null: unknown. */
  readonly perSecond: number | null;
}

const OFF: RequestsSeen = { seen: "off", success: null, perSecond: null };
const UNKNOWN: RequestsSeen = { seen: "unknown", success: null, perSecond: null };

/** The requests of one backend. No requests and not known are different things. */
export function requestsOf({ trace }: Pick<RouteState, "trace">, report: BackendReport | undefined): RequestsSeen {
  const windowMs = trace.judgedBy?.signals.successRate?.windowMs;
  if (report === undefined || windowMs === undefined) return OFF;
  const reading = readingsOf(report.judgement)["successRate"];
  if (reading === undefined) return OFF;
  if (!("total" in reading)) return UNKNOWN;
  const { good, total } = reading;
  return { seen: reading.state, success: total > 0 ? good / total : null, perSecond: (total * 1_000) / windowMs };
}

/** The requests of a whole route. Unknown as soon as those of a backend with load are. */
export function requestsOfRoute(parts: readonly (RequestsSeen & { readonly weight: number })[]): RequestsSeen {
  const carriers = parts.filter(({ weight }) => weight > 0);
  if (carriers.every(({ seen }) => seen === "off")) return OFF;
  if (carriers.some(({ seen }) => seen === "unknown")) return UNKNOWN;
  let perSecond = 0;
  let good = 0;
  for (const part of parts) {
    perSecond += part.perSecond ?? 0;
    good += (part.success ?? 0) * (part.perSecond ?? 0);
  }
  const seen = parts.some((part) => part.seen === "value") ? "value" : "quiet";
  return { seen, success: perSecond > 0 ? good / perSecond : null, perSecond };
}

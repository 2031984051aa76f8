import type { ApiObject } from "./apiResource.ts";
import type { Pace } from "./drawRules.ts";
import { leftOnMetrics, phasesOf, sharesOf } from "./remembered.ts";

/** How a backend really does. */
export interface Health {
  /** Share of good answers, 0 where it cannot be reached. */
  readonly good: number;
  /** How long it has been so, without a change of its readiness either. */
  readonly forMs: number;
}

/** Who has less of the load may be too quiet to be judged. */
const LEAST_SHARE = 0.1;
/** A difference that no interval of so many requests covers. */
const CLEARLY_WORSE = 0.3;

/**
 * P2: who leaves on metrics does not hand its load to somebody who is clearly doing worse, and has been for as long as
 * metrics need to tell. Exempt are relapses, which never wait, and writes in which somebody leaves on hard evidence.
 */
export function checkTakers(
  before: ApiObject,
  after: ApiObject,
  pace: Pick<Pace, "toldMs" | "hintedMs">,
  healthOf: (backend: string) => Health,
): string | null {
  const was = phasesOf(before);
  const is = phasesOf(after);
  const shareBefore = sharesOf(before);
  const shareAfter = sharesOf(after);
  const backends = [...shareAfter.keys()];
  const leavers = backends.filter((backend) => is[backend]?.phase === "out" && was[backend]?.phase !== "out");
  if (leavers.some((backend) => was[backend]?.phase === "returning" || !leftOnMetrics(is[backend]))) return null;
  // Who left and has no less than before hands nothing to anybody: nobody served, and a third one was taken out.
  const shrunk = leavers.filter((backend) => (shareAfter.get(backend) ?? 0) < (shareBefore.get(backend) ?? 0) - 1e-3);
  const grew = backends.filter((backend) => (shareAfter.get(backend) ?? 0) > (shareBefore.get(backend) ?? 0) + 1e-3);
  for (const leaver of shrunk) {
    const own = healthOf(leaver);
    for (const taker of grew) {
      const theirs = healthOf(taker);
      const isTold = own.forMs >= pace.toldMs && theirs.forMs >= pace.hintedMs && (shareBefore.get(taker) ?? 0) >= LEAST_SHARE;
      if (isTold && theirs.good < own.good - CLEARLY_WORSE)
        return `P2: ${leaver} (${own.good}) hands its load to ${taker} (${theirs.good})`;
    }
  }
  return null;
}

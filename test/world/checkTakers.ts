import type { ApiObject } from "./apiResource.ts";
import type { Pace } from "./drawRules.ts";
import { phasesOf, sharesOf } from "./remembered.ts";

/** The true health of a backend. */
export interface Health {
  /** Share of good answers under its load, 0 to 1; 0 if it cannot be reached. */
  readonly good: number;
  readonly reachable: boolean;
  /** How long this and its readiness have not changed. */
  readonly forMs: number;
}

/** A difference in success rates that is larger than any confidence interval here. */
const CLEARLY_WORSE = 0.3;

/**
 * P2: a backend that is removed does not pass its load to one that is clearly worse and has been worse for as long as metrics need
 * to show it, on enough requests to be judged. What the weights give to one that is dead, the clients' proxies send to one that is
 * not.
 */
export function checkTakers(
  before: ApiObject,
  after: ApiObject,
  pace: Pick<Pace, "fullEvidenceMs" | "someEvidenceMs">,
  healthOf: (backend: string) => Health,
  isJudged: (share: number) => boolean,
): string | null {
  const was = phasesOf(before);
  const is = phasesOf(after);
  const shareBefore = sharesOf(before);
  const shareAfter = sharesOf(after);
  const backends = [...shareAfter.keys()];
  const leavers = backends.filter((backend) => is[backend]?.phase === "out" && was[backend]?.phase !== "out");
  // A removed backend that keeps its load passes nothing on: no backend served, and a third one was removed.
  const shrunk = leavers.filter((backend) => (shareAfter.get(backend) ?? 0) < (shareBefore.get(backend) ?? 0) - 1e-3);
  const grew = backends.filter((backend) => (shareAfter.get(backend) ?? 0) > (shareBefore.get(backend) ?? 0) + 1e-3);
  const isSpilled = backends.some((backend) => (shareAfter.get(backend) ?? 0) > 0 && healthOf(backend).reachable);
  for (const leaver of shrunk) {
    const own = healthOf(leaver);
    for (const taker of grew) {
      const theirs = healthOf(taker);
      if (!theirs.reachable && isSpilled) continue;
      const isTold = own.forMs >= pace.fullEvidenceMs && theirs.forMs >= pace.someEvidenceMs;
      if (isTold && isJudged(shareBefore.get(taker) ?? 0) && theirs.good < own.good - CLEARLY_WORSE)
        return `P2: ${leaver} (${own.good}) passes its load to ${taker} (${theirs.good})`;
    }
  }
  return null;
}

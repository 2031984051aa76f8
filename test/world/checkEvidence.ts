import type { BackendMemory } from "../../src/routes/route.ts";
import type { ApiObject } from "./apiResource.ts";
import { phasesOf, placeOf } from "./remembered.ts";
import { servicesOf, splitsOf } from "./sceneRoute.ts";

/** What is known of the world at the moment of a write. */
export interface Evidence {
  /** Since when there is none. What was decided before may be written later. */
  readonly noneSinceMs: number;
  /** Who is remembered as this, and has a clean record now, came back so long ago at least, by the same clock. */
  forgottenSinceMs(was: BackendMemory | undefined): number;
  /** How much the clock is wrong by which phases are dated. */
  readonly clockWrongByMs: number;
  /** Since our last write other rules hold: they may spread the load otherwise, and give a return no more steps. */
  readonly rulesChanged: boolean;
  /** Prometheus has answered, though it may have had nothing to tell, so lately that its answer is still believed. */
  readonly answers: boolean;
  /** The backend was without a ready endpoint, as lately as a controller with a silent watch may still believe it. */
  wasUnready(backend: string): boolean;
  /** The backend was without a ready endpoint at some time after our last write: phases that came and went since then are in no annotation. */
  unreadySinceWrite(backend: string): boolean;
}

/**
 * P4. Holds a write to what may happen while Prometheus gives no evidence: only what readiness says moves traffic. Returns
 * what is wrong; null where all is well.
 */
export function checkEvidence(before: ApiObject, after: ApiObject, evidence: Evidence): string | null {
  const was = phasesOf(before);
  const is = phasesOf(after);
  const changed = backendsOf(after).filter((backend) => placeOf(was[backend]) !== placeOf(is[backend]));
  const news = changed.filter(
    (backend) => (is[backend]?.sinceMs ?? evidence.forgottenSinceMs(was[backend])) - evidence.clockWrongByMs > evidence.noneSinceMs,
  );
  for (const backend of news) {
    const wrong = checkBackend(backend, was[backend], is[backend], evidence);
    if (wrong !== null) return `P4: ${backend} ${wrong}: ${placeOf(was[backend])} became ${placeOf(is[backend])}`;
  }
  if (changed.length > 0 || evidence.rulesChanged || backendsOf(after).some((backend) => evidence.wasUnready(backend))) return null;
  return "P4: weights have changed, though no backend has and none was unready";
}

function checkBackend(backend: string, was: BackendMemory | undefined, is: BackendMemory | undefined, evidence: Evidence): string | null {
  if (is?.phase === "out") {
    if (is.cause === "readiness") return evidence.wasUnready(backend) ? null : "left on readiness, which it never lost";
    return "left on its success rate, of which nobody knew anything";
  }
  if (evidence.rulesChanged || was?.cause === "readiness" || evidence.unreadySinceWrite(backend)) return null;
  // Nobody sends it anything, so a Prometheus that answers without a series of it is an honest quiet.
  if (evidence.answers && was?.phase === "out") return null;
  return "comes back on a success rate, of which nobody knew anything";
}

function backendsOf(object: ApiObject): readonly string[] {
  return servicesOf({ splits: splitsOf(object) });
}

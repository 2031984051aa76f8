import type { BackendMemory } from "../../src/routes/route.ts";
import type { ApiObject } from "./apiResource.ts";
import { phasesOf, placeOf } from "./remembered.ts";
import { servicesOf, splitsOf } from "./sceneRoute.ts";

/** The state of the world at the time of a write. */
export interface Evidence {
  /** Time since which there is no evidence. A write can land later than its decision. */
  readonly noneSinceMs: number;
  /** The latest time, by the writer's clock, at which a backend with this memory can have returned if it has none now. */
  forgottenSinceMs(was: BackendMemory | undefined): number;
  /** Error of the clock that dates the phases. */
  readonly clockWrongByMs: number;
  /** The rules have changed since our last write, so weights and steps may differ. */
  readonly rulesChanged: boolean;
  /** Prometheus has answered, perhaps without data, so recently that the controller still uses the answer. */
  readonly answers: boolean;
  /** The backend had no ready endpoint so recently that a controller with a silent watch may still believe it. */
  wasUnready(backend: string): boolean;
  /** The backend had no ready endpoint at some time after our last write; phases between two writes are in no annotation. */
  unreadySinceWrite(backend: string): boolean;
}

/**
 * P4: while Prometheus gives no evidence, only readiness moves traffic. Returns what is wrong with a write, or null.
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
  return "P4: the weights changed, although no backend changed its phase and none was unready";
}

function checkBackend(backend: string, was: BackendMemory | undefined, is: BackendMemory | undefined, evidence: Evidence): string | null {
  if (is?.phase === "out") {
    if (is.cause === "readiness") return evidence.wasUnready(backend) ? null : "was removed because of readiness, which it never lost";
    return "was removed because of its success rate, without evidence";
  }
  if (evidence.rulesChanged || was?.cause === "readiness" || evidence.unreadySinceWrite(backend)) return null;
  // A backend that is out gets no requests, so an answer of Prometheus without its series means quiet.
  if (evidence.answers && was?.phase === "out") return null;
  return "returns on its success rate, without evidence";
}

function backendsOf(object: ApiObject): readonly string[] {
  return servicesOf({ splits: splitsOf(object) });
}

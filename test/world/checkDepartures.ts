import type { ApiObject } from "./apiResource.ts";
import { leftOnMetrics, phasesOf } from "./remembered.ts";

export interface DepartureContext {
  /** Time of the write by the writer's clock. A decision that was made much earlier is not judged. */
  readonly writerNowMs: number;
  /** How long this Service has answered all requests that reached it well, by its own fault or by none; 0: it does not. */
  wellForMs(backend: string): number;
  /** After this time metrics show nothing of an earlier failure. */
  readonly forgottenMs: number;
}

/** Maximum time between a decision and its write while the API works. */
const DECIDED_WITHIN_MS = 1_000;

/** P4: a backend that has been well for long is not removed because of metrics. Returns what is wrong, or null. */
export function checkDepartures(before: ApiObject, after: ApiObject, context: DepartureContext): string | null {
  const was = phasesOf(before);
  for (const [backend, memory] of Object.entries(phasesOf(after))) {
    if (!leftOnMetrics(memory) || was[backend]?.phase === "out") continue;
    if (context.writerNowMs - memory.sinceMs > DECIDED_WITHIN_MS) continue;
    const forMs = context.wellForMs(backend);
    if (forMs > context.forgottenMs)
      return `P4: ${backend} was removed because of metrics, although it has been well for ${Math.round(forMs / 1_000)} s`;
  }
  return null;
}

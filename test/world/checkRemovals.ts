import type { ApiObject } from "./apiResource.ts";
import { phasesOf } from "./remembered.ts";

export interface RemovalContext {
  /** When the backend was last without a ready endpoint. */
  lastUnreadyMs(backend: string): number;
  /** By how much the writer's clock is ahead. */
  readonly clockWrongByMs: number;
  /** How long a controller with a silent watch can be unaware of changes. */
  readonly unawareMs: number;
}

/**
 * P4: only a backend that had no ready endpoint is removed because of readiness: the rule asks for a share, and pods that were just
 * added are not missing. Returns what is wrong, or null.
 */
export function checkRemovals(before: ApiObject, after: ApiObject, context: RemovalContext): string | null {
  const was = phasesOf(before);
  for (const [backend, memory] of Object.entries(phasesOf(after))) {
    // One that was out stays out. A replica whose clock is behind dates that anew.
    if (memory.phase !== "out" || memory.cause !== "readiness" || was[backend]?.phase === "out") continue;
    const sinceMs = memory.sinceMs - context.clockWrongByMs;
    if (context.lastUnreadyMs(backend) < sinceMs - context.unawareMs)
      return `P4: ${backend} was removed because of readiness, which it never lost`;
  }
  return null;
}

import type { BackendMemory, Memory, Route } from "../../routes/route.ts";
import type { BackendState } from "./backendState.ts";
import { clean } from "./backendState.ts";
import type { RouteState } from "./state.ts";

/** The memory in force for a route, and whether another replica has written it since the last tick. */
export interface Recollection {
  readonly memory: Memory | null;
  readonly fromAnother: boolean;
}

/**
 * The memory in force: the annotation's. If another writer removed it or made it unreadable, the last one that was read.
 * Desired weights whose write was never seen are not in it, because the live weights do not follow from them.
 */
export function recollect(previous: RouteState | undefined, route: Route, identity: string): Recollection {
  const known = previous?.trace.memory ?? null;
  if (route.memory === null) return { memory: known, fromAnother: false };
  if (previous !== undefined && route.memoryText === previous.trace.seenText) return { memory: known, fromAnother: false };
  return { memory: route.memory, fromAnother: route.memory.writer !== identity };
}

/**
 * The state that an annotation holds for a backend; a backend that it does not name has a clean record. A step begins again
 * after a takeover, because the clock of the replica that wrote its start may differ.
 */
export function recallState(memory: BackendMemory | undefined, nowMs: number): BackendState {
  if (memory === undefined) return clean(nowMs);
  const relapses = memory.relapses ?? 0;
  // A time in the future comes from the clock of another replica. It must not make a wait longer.
  const sinceMs = Math.min(memory.sinceMs, nowMs);
  switch (memory.phase) {
    case "serving":
      return { phase: "serving", sinceMs, relapses, cause: memory.cause ?? null };
    case "out":
      return { phase: "out", sinceMs, relapses, cause: memory.cause ?? "readiness", fromStep: false, good: null };
    case "returning":
      return { phase: "returning", sinceMs: nowMs, relapses, cause: memory.cause ?? "readiness", step: memory.step ?? 0, trial: null };
  }
}

/** The part of a backend's state that must survive a restart; null: there is none. */
export function rememberState(state: BackendState): BackendMemory | null {
  const { relapses } = state;
  switch (state.phase) {
    case "serving":
      return state.cause === null ? null : { phase: "serving", sinceMs: state.sinceMs, cause: state.cause, relapses };
    case "suspect":
      return state.cause === null ? null : { phase: "serving", sinceMs: state.servingSinceMs, cause: state.cause, relapses };
    case "out":
      return { phase: "out", sinceMs: state.sinceMs, cause: state.cause, relapses };
    case "returning":
      return { phase: "returning", sinceMs: state.sinceMs, cause: state.cause, step: state.step, relapses };
  }
}

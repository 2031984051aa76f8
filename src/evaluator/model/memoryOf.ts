import type { BackendMemory, Memory, Route } from "../../routes/route.ts";
import type { BackendState } from "./backendState.ts";
import { clean } from "./backendState.ts";
import type { RouteState } from "./state.ts";

/** The memory in force for a route, and whether it is news from another controller. */
export interface Recollection {
  readonly memory: Memory | null;
  readonly fromAnother: boolean;
}

/**
 * Which memory holds: the annotation's; where someone pruned it or made it unreadable, what we last saw in it. What
 * was desired but never seen written is no memory: the live weights do not follow from it.
 */
export function recollect(previous: RouteState | undefined, route: Route, identity: string): Recollection {
  const known = previous?.trace.memory ?? null;
  if (route.memory === null) return { memory: known, fromAnother: false };
  if (previous !== undefined && route.memoryText === previous.trace.seenText) return { memory: known, fromAnother: false };
  return { memory: route.memory, fromAnother: route.memory.writer !== identity };
}

/**
 * The state that an annotation remembers for a backend; a backend that it does not name has a clean record. A step is not
 * over sooner because another machine's clock was behind: whoever takes over watches it for its whole time.
 */
export function recallState(memory: BackendMemory | undefined, nowMs: number): BackendState {
  if (memory === undefined) return clean(nowMs);
  const relapses = memory.relapses ?? 0;
  // A time in the future is another machine's clock; nothing may last longer for it.
  const sinceMs = Math.min(memory.sinceMs, nowMs);
  switch (memory.phase) {
    case "serving":
      return { phase: "serving", sinceMs, relapses, cause: memory.cause ?? null };
    case "out":
      return { phase: "out", sinceMs, relapses, cause: memory.cause ?? "readiness", fromStep: false, good: null };
    case "returning":
      return { phase: "returning", sinceMs: nowMs, relapses, cause: memory.cause ?? "readiness", step: memory.step ?? 0 };
  }
}

/** What of a backend's state must survive a restart; null where there is nothing to remember. */
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

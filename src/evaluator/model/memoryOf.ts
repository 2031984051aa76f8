import { memoryAtStart } from "../../routes/leftFailedOver.ts";
import type { BackendMemory, Memory, Route } from "../../routes/route.ts";
import type { Rule } from "../../rules/ruleSet.ts";
import type { BackendState } from "./backendState.ts";
import { clean, recoveryWaitMs } from "./backendState.ts";
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
export function recollect(previous: RouteState | undefined, route: Route, identity: string, wallMs: number): Recollection {
  if (previous === undefined) return { memory: memoryAtStart(route, wallMs), fromAnother: false };
  const known = previous.trace.memory;
  if (route.memory === null) return { memory: known, fromAnother: false };
  if (route.memoryText === previous.trace.seenText) return { memory: known, fromAnother: false };
  return { memory: route.memory, fromAnother: route.memory.writer !== identity };
}

/** The clock that counts waits, and the wall clock at the same moment. */
export interface Clocks {
  readonly nowMs: number;
  readonly wallMs: number;
}

/**
 * The state that an annotation holds for a backend; a backend that it does not name has a clean record. Its times come from the
 * wall clock of another process, which may be wrong. So a step begins again after a takeover, and service counts from when this
 * process has seen it itself (`own`: the state that it knows). `recoverAfter` begins again, too, but not what relapses add to it.
 */
export function recallState(
  memory: BackendMemory | undefined,
  own: BackendState | undefined,
  { nowMs, wallMs }: Clocks,
  rule: Rule,
): BackendState {
  if (memory === undefined) return clean(nowMs);
  const relapses = memory.relapses ?? 0;
  const sinceMs = Math.min(memory.sinceMs - (wallMs - nowMs), nowMs);
  switch (memory.phase) {
    case "serving": {
      const seenSinceMs = own?.phase === "serving" ? own.sinceMs : nowMs;
      return { phase: "serving", sinceMs: Math.max(sinceMs, seenSinceMs), relapses, cause: memory.cause ?? null };
    }
    case "out": {
      const waitedMs = Math.min(nowMs - sinceMs, recoveryWaitMs(rule, relapses) - rule.recoverAfterMs);
      return { phase: "out", sinceMs, relapses, cause: memory.cause ?? "readiness", fromStep: false, good: null, waitedMs };
    }
    case "returning":
      return { phase: "returning", sinceMs: nowMs, relapses, cause: memory.cause ?? "readiness", step: memory.step ?? 0, trial: null };
  }
}

/** The part of a backend's state that must survive a restart, with its times by the wall clock; null: there is none. */
export function rememberState(state: BackendState, clocks: Clocks): BackendMemory | null {
  const memory = remembered(state);
  return memory === null ? null : { ...memory, sinceMs: memory.sinceMs + clocks.wallMs - clocks.nowMs };
}

function remembered(state: BackendState): BackendMemory | null {
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

import type { BackendReport } from "./backendReport.ts";
import type { BackendState } from "./backendState.ts";
import type { SignalLoss } from "./brakeState.ts";
import type { RouteState } from "./state.ts";

/**
 * The state of a route after the clock was set back: all its times are moved back by the same amount, so that waits continue.
 * Otherwise a step would last longer by that amount, and the window of metrics would be incomplete for as long.
 */
export function afterClockWasSetBack(state: RouteState, lastMs: number, nowMs: number): RouteState {
  const byMs = lastMs - nowMs;
  if (byMs <= 0) return state;
  const { trace } = state;
  const { last } = trace.reapplies;
  const backends = [...state.backends].map(([name, report]): [string, BackendReport] => [
    name,
    { ...report, state: setBack(report.state, byMs) },
  ]);
  return {
    ...state,
    firstSeenMs: state.firstSeenMs - byMs,
    backends: new Map(backends),
    trace: {
      ...trace,
      decidedMs: trace.decidedMs === null ? null : trace.decidedMs - byMs,
      history: trace.history.map(({ atMs, shares }) => ({ atMs: atMs - byMs, shares })),
      reapplies: { ...trace.reapplies, last: last === null ? null : { ...last, atMs: last.atMs - byMs } },
    },
  };
}

/** The same for the start of a `signalLoss`. */
export function lossAfterClockWasSetBack(loss: SignalLoss | null, lastMs: number, nowMs: number): SignalLoss | null {
  return loss === null || nowMs >= lastMs ? loss : { ...loss, sinceMs: loss.sinceMs - (lastMs - nowMs) };
}

function setBack(state: BackendState, byMs: number): BackendState {
  const sinceMs = state.sinceMs - byMs;
  if (state.phase !== "suspect") return { ...state, sinceMs };
  return { ...state, sinceMs, servingSinceMs: state.servingSinceMs - byMs, lastUnfitMs: state.lastUnfitMs - byMs };
}

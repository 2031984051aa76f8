import type { RouteState } from "../model/state.ts";

/** Whether a backend that carries load now is unfit, whatever keeps the load there: a freeze, a pin, a brake, or no better backend. */
export function isDegraded({ splits, backends }: Pick<RouteState, "splits" | "backends">): boolean {
  return [...backends].some(
    ([backend, { judgement }]) => judgement.verdict === "unfit" && splits.some(({ live }) => (live[backend] ?? 0) > 0),
  );
}

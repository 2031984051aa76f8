import type { Route } from "./route.ts";

/** Whether a freeze is in force at this time of the wall clock. */
export function isFrozen({ frozen, frozenUntilMs }: Pick<Route, "frozen" | "frozenUntilMs">, wallMs: number): boolean {
  return frozen && (frozenUntilMs === undefined || wallMs < frozenUntilMs);
}

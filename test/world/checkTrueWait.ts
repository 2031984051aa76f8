import type { ApiObject } from "./apiResource.ts";
import { phasesOf } from "./remembered.ts";

export interface TrueWait {
  /** By Service: true time of the decision that removed it. */
  readonly outMs: ReadonlyMap<string, number>;
  readonly recoverAfterMs: number;
  readonly intervalMs: number;
  readonly nowMs: number;
}

/** P3, by the true time: a clock that is set ahead shortens no wait. Returns what is wrong with a write, or null. */
export function checkTrueWait(before: ApiObject, after: ApiObject, { outMs, recoverAfterMs, intervalMs, nowMs }: TrueWait): string | null {
  const was = phasesOf(before);
  for (const [service, memory] of Object.entries(phasesOf(after))) {
    const sinceMs = outMs.get(service);
    if (was[service]?.phase !== "out" || memory.phase !== "returning" || sinceMs === undefined) continue;
    if (nowMs - sinceMs < recoverAfterMs - intervalMs)
      return `${service} (P3) returns after ${nowMs - sinceMs} ms by the true time, not ${recoverAfterMs} ms`;
  }
  return null;
}

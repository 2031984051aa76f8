import type { BaselineSource } from "../../routes/baseline.ts";

/** How long a baseline that another writer put back stays, by how often we wrote ours over it recently. */
const PUT_BACK_DELAYS_MS = [0, 10_000, 20_000, 30_000] as const;

/** After this long without a re-apply, the next one counts as the first. */
const REAPPLY_FORGET_MS = 300_000;

/** How often we wrote our weights over a re-applied baseline, when last, and over which version of the object. */
export interface Reapplies {
  readonly count: number;
  readonly last: { readonly atMs: number; readonly resourceVersion: string } | null;
  /** The last of these writes was not undone yet, as far as is known. */
  readonly pending: boolean;
}

export const NO_REAPPLIES: Reapplies = { count: 0, last: null, pending: false };

export interface Reapply {
  /** The baseline was put back over our weights since the last tick. */
  readonly isNew: boolean;
  /** How many milliseconds our weights must not be written yet; 0: they may be written now. */
  readonly heldMs: number;
  /** The next state if our weights are written now, and if they are not. */
  readonly putBack: Reapplies;
  readonly left: Reapplies;
}

/** Detects that another writer put the baseline back, and how long to wait, so that traffic does not swing between two writers. */
export function detectReapply(
  before: Reapplies,
  sourceBefore: BaselineSource | null,
  source: BaselineSource,
  resourceVersion: string,
  nowMs: number,
): Reapply | null {
  if (source !== "reapplied") return null;
  const { last } = before;
  // Between two re-applies no tick may have seen our weights in place. The object's version then tells them apart.
  const undone = before.pending && last !== null && last.resourceVersion !== resourceVersion;
  // The object has not changed since the last decision, so that was not written. It is still due, and counts once.
  if (before.pending && last?.resourceVersion === resourceVersion) return { isNew: false, heldMs: 0, putBack: before, left: before };
  const isNew = sourceBefore !== "reapplied" || undone;
  const forgotten = last === null || nowMs - last.atMs >= REAPPLY_FORGET_MS;
  const count = forgotten ? 0 : before.count;
  const delayMs = PUT_BACK_DELAYS_MS[Math.min(count, PUT_BACK_DELAYS_MS.length - 1)] ?? 0;
  const heldMs = last === null || forgotten ? 0 : Math.max(0, last.atMs + delayMs - nowMs);
  const putBack: Reapplies = { count: count + 1, last: { atMs: nowMs, resourceVersion }, pending: true };
  return { isNew, heldMs, putBack, left: isNew ? { ...before, pending: false } : before };
}

import type { BaselineSource } from "../../routes/baseline.ts";

/** How long to wait before weights that someone put back are changed again, by how often we did so lately. */
const PUT_BACK_DELAYS_MS = [0, 10_000, 20_000, 30_000] as const;

/** Quiet for this long, and the next re-apply counts as the first. */
const REAPPLY_FORGET_MS = 300_000;

/** How often we put ours back over a re-applied baseline, when last, and over which version of the object. */
export interface Reapplies {
  readonly count: number;
  readonly last: { readonly atMs: number; readonly resourceVersion: string } | null;
  /** Whether the last put-back is not yet known to have been undone again. */
  readonly pending: boolean;
}

export const NO_REAPPLIES: Reapplies = { count: 0, last: null, pending: false };

export interface Reapply {
  /** The baseline came back over our weights since the last tick. */
  readonly isNew: boolean;
  /** How long ours must not be put back yet; 0: now. */
  readonly heldMs: number;
  /** What to remember if ours are put back now, and if they are not. */
  readonly putBack: Reapplies;
  readonly left: Reapplies;
}

/** Follows a fight over the weights: back off, so that we and a GitOps controller do not tear traffic to and fro. */
export function detectReapply(
  before: Reapplies,
  sourceBefore: BaselineSource | null,
  source: BaselineSource,
  resourceVersion: string,
  nowMs: number,
): Reapply | null {
  if (source !== "reapplied") return null;
  const { last } = before;
  // We may never have seen ours in place between two re-applies: then the object's version tells.
  const undone = before.pending && last !== null && last.resourceVersion !== resourceVersion;
  // The object is as it was when ours were to be put back, so that was not written: it is due still, and no second time.
  if (before.pending && last?.resourceVersion === resourceVersion) return { isNew: false, heldMs: 0, putBack: before, left: before };
  const isNew = sourceBefore !== "reapplied" || undone;
  const forgotten = last === null || nowMs - last.atMs >= REAPPLY_FORGET_MS;
  const count = forgotten ? 0 : before.count;
  const delayMs = PUT_BACK_DELAYS_MS[Math.min(count, PUT_BACK_DELAYS_MS.length - 1)] ?? 0;
  const heldMs = last === null || forgotten ? 0 : Math.max(0, last.atMs + delayMs - nowMs);
  const putBack: Reapplies = { count: count + 1, last: { atMs: nowMs, resourceVersion }, pending: true };
  return { isNew, heldMs, putBack, left: isNew ? { ...before, pending: false } : before };
}

import { isDeepStrictEqual } from "node:util";

export interface Weights {
  readonly primary: number;
  readonly standby: number;
}

export const STAGES = ["steady", "failing", "shifted", "healed", "returned"] as const;
export type Stage = (typeof STAGES)[number];

/** All that happened, in milliseconds since the demo began. */
export interface Chronicle {
  /** Every change of the managed route's weights after the owner's own, in order. */
  readonly writes: readonly (Weights & { readonly atMs: number })[];
  readonly faultAtMs: number | null;
  readonly healedAtMs: number | null;
  /** Requests that the primary's pods got under the managed name while its weight was 0. */
  readonly strayRequests: number;
  readonly withController: Users;
  readonly without: Users;
  /** What the owner wrote into the route is the same at the end, and nothing but its weights ever was another. */
  readonly ownersPartKept: boolean;
}

export interface Users {
  readonly requests: number;
  readonly errors: number;
}

export interface Check {
  readonly text: string;
  readonly ok: boolean;
}

/** The write that took all traffic off the primary; null while there is none. */
export function shiftOf({ writes, faultAtMs }: Pick<Chronicle, "writes" | "faultAtMs">): (Weights & { readonly atMs: number }) | null {
  return writes.find(({ atMs, primary }) => primary === 0 && faultAtMs !== null && atMs >= faultAtMs) ?? null;
}

/** What must have happened for the story to be true. */
export function checks(chronicle: Chronicle, steps: readonly (readonly [number, number])[], failAfterMs: number): readonly Check[] {
  const { writes, faultAtMs, healedAtMs, withController, without } = chronicle;
  const shift = shiftOf(chronicle);
  const after = shift === null ? [] : writes.slice(writes.indexOf(shift) + 1);
  const first = after[0];
  const sinceFault = writes.filter(({ atMs }) => faultAtMs !== null && atMs >= faultAtMs);
  return [
    { text: "nothing moved while all was well", ok: faultAtMs !== null && writes.every(({ atMs }) => atMs >= faultAtMs) },
    { text: "all traffic left the failing primary at once", ok: shift !== null && shift === sinceFault[0] && shift.standby === 100 },
    { text: "not before the evidence had lasted", ok: shift !== null && faultAtMs !== null && shift.atMs - faultAtMs >= failAfterMs },
    { text: "the primary got no request while it was out", ok: shift !== null && chronicle.strayRequests === 0 },
    { text: "no traffic returned before it had healed", ok: first !== undefined && healedAtMs !== null && first.atMs > healedAtMs },
    {
      text: `traffic returned by every step: ${steps.map(([primary, standby]) => `${primary}/${standby}`).join(", ")}`,
      ok: isDeepStrictEqual(
        after.map(({ primary, standby }) => [primary, standby]),
        steps,
      ),
    },
    { text: "of labels and spec only weights ever changed, and they are their owner's again", ok: chronicle.ownersPartKept },
    { text: "fewer errors for users than without the controller", ok: withController.errors < without.errors },
  ];
}

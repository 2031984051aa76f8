import { isDeepStrictEqual } from "node:util";

export interface Weights {
  readonly primary: number;
  readonly standby: number;
}

export const STAGES = ["steady", "failing", "shifted", "healed", "returned"] as const;
export type Stage = (typeof STAGES)[number];

/** The events of the demo; times are in milliseconds since its start. */
export interface Chronicle {
  /** Every change of the managed route's weights after it was created, in order. */
  readonly writes: readonly (Weights & { readonly atMs: number })[];
  readonly faultAtMs: number | null;
  readonly healedAtMs: number | null;
  /** Requests to the managed primary that reached its pods while its weight was 0. */
  readonly strayRequests: number;
  readonly withController: Users;
  readonly without: Users;
  /** Labels and spec of the route are the owner's at the end, and only weights differed in between. */
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

/** The write that moved all traffic away from the primary; null while there is none. */
export function shiftOf({ writes, faultAtMs }: Pick<Chronicle, "writes" | "faultAtMs">): (Weights & { readonly atMs: number }) | null {
  return writes.find(({ atMs, primary }) => primary === 0 && faultAtMs !== null && atMs >= faultAtMs) ?? null;
}

/** The checks of the demo. */
export function checks(chronicle: Chronicle, steps: readonly (readonly [number, number])[], failAfterMs: number): readonly Check[] {
  const { writes, faultAtMs, healedAtMs, withController, without } = chronicle;
  const shift = shiftOf(chronicle);
  const after = shift === null ? [] : writes.slice(writes.indexOf(shift) + 1);
  const first = after[0];
  const sinceFault = writes.filter(({ atMs }) => faultAtMs !== null && atMs >= faultAtMs);
  return [
    { text: "no weight changed before the fault", ok: faultAtMs !== null && writes.every(({ atMs }) => atMs >= faultAtMs) },
    {
      text: "the first write moved all traffic away from the failing primary",
      ok: shift !== null && shift === sinceFault[0] && shift.standby === 100,
    },
    { text: "it came no earlier than failAfter", ok: shift !== null && faultAtMs !== null && shift.atMs - faultAtMs >= failAfterMs },
    { text: "the primary got no request while it was out", ok: shift !== null && chronicle.strayRequests === 0 },
    {
      text: "no traffic returned before the primary was healed",
      ok: first !== undefined && healedAtMs !== null && first.atMs > healedAtMs,
    },
    {
      text: `traffic returned by all steps: ${steps.map(([primary, standby]) => `${primary}/${standby}`).join(", ")}`,
      ok: isDeepStrictEqual(
        after.map(({ primary, standby }) => [primary, standby]),
        steps,
      ),
    },
    { text: "of labels and spec, only weights changed, and they are the owner's again", ok: chronicle.ownersPartKept },
    { text: "users saw fewer errors than without the controller", ok: withController.errors < without.errors },
  ];
}

import type { DesiredBackend, DesiredSplit, JsonPatchOperation, Route, Spelling, Split, WeightEntry } from "./route.ts";
import { sameWeight, weightOf } from "./weight.ts";

/** A weight field and its desired value. */
export interface DesiredEntry {
  readonly entry: WeightEntry;
  readonly value: Spelling;
}

/** The fields of all desired weights. Throws if the desired weights do not fit the route: that is a bug. */
export function desiredEntries(route: Route, splits: readonly DesiredSplit[]): readonly DesiredEntry[] {
  return splits.flatMap(({ name, backends }) => {
    const split = find(route.splits, (s) => s.name === name, `split ${name}`);
    return backends.flatMap((backend) => entriesOf(split, backend));
  });
}

/** Whether a field has the desired number, in any notation. */
export function isAsDesired({ entry, value }: DesiredEntry): boolean {
  return sameWeight(weightOf(entry.spelling), weightOf(value));
}

/**
 * The operation that sets a field. A missing one is written where it shall be 0, so that this does not depend on how a client
 * reads it. It also replaces an equal weight in another notation: a return restores the owner's
 * notation exactly, and an API version that accepts only numbers would refuse a string that stays among them.
 */
export function weightOperation(entry: DesiredEntry): readonly JsonPatchOperation[] {
  const { path, spelling, absent } = entry.entry;
  if (absent) return isAsDesired(entry) && entry.value !== 0 ? [] : [{ op: "add", path, value: entry.value }];
  return spelling === entry.value ? [] : [{ op: "replace", path, value: entry.value }];
}

function entriesOf(split: Split, desired: DesiredBackend): readonly DesiredEntry[] {
  const backend = find(split.backends, (b) => b.backend === desired.backend, `backend ${desired.backend}`);
  if (backend.entries.length !== desired.spellings.length)
    throw new RangeError(`${desired.backend} has ${backend.entries.length} weights, not ${desired.spellings.length}`);
  return backend.entries.flatMap((entry, i) => {
    const value = desired.spellings[i];
    return value === undefined ? [] : [{ entry, value }];
  });
}

function find<T>(items: readonly T[], is: (item: T) => boolean, what: string): T {
  const found = items.find(is);
  if (found === undefined) throw new RangeError(`the desired weights name ${what}, which the route does not have`);
  return found;
}

import type { DesiredBackend, DesiredSplit, JsonPatchOperation, Route, Spelling, Split, WeightEntry } from "./route.ts";
import { sameWeight, weightOf } from "./weight.ts";

/** One place of a weight and what shall stand there. */
export interface DesiredEntry {
  readonly entry: WeightEntry;
  readonly value: Spelling;
}

/** The places of all desired weights. Desired weights that do not fit the route that they were made for are broken code. */
export function desiredEntries(route: Route, splits: readonly DesiredSplit[]): readonly DesiredEntry[] {
  return splits.flatMap(({ name, backends }) => {
    const split = find(route.splits, (s) => s.name === name, `split ${name}`);
    return backends.flatMap((backend) => entriesOf(split, backend));
  });
}

/** Whether a place holds the desired number, however it is spelled. */
export function isAsDesired({ entry, value }: DesiredEntry): boolean {
  return sameWeight(weightOf(entry.spelling), weightOf(value));
}

/**
 * The spelling counts, also where the weight is the same: a return gives back the owner's own, to the letter, and one
 * text left among our numbers would be refused by a version of the API that takes numbers only.
 */
export function weightOperation(entry: DesiredEntry): readonly JsonPatchOperation[] {
  const { path, spelling, absent } = entry.entry;
  if (absent) return isAsDesired(entry) ? [] : [{ op: "add", path, value: entry.value }];
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

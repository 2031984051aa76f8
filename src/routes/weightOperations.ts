import type { BackendWish, JsonPatchOperation, Route, Spelling, Split, SplitWish, WeightEntry } from "./route.ts";
import { sameWeight, weightOf } from "./weight.ts";

/** One place of a weight and what shall stand there. */
export interface WishedEntry {
  readonly entry: WeightEntry;
  readonly value: Spelling;
}

/** The places of all weights that a wish names. A wish that does not fit the route that it was made for is broken code. */
export function wishedEntries(route: Route, wishes: readonly SplitWish[]): readonly WishedEntry[] {
  return wishes.flatMap(({ name, backends }) => {
    const split = find(route.splits, (s) => s.name === name, `split ${name}`);
    return backends.flatMap((backend) => entriesOf(split, backend));
  });
}

/** Whether a place holds the wished number, however it is spelled. */
export function isAsWished({ entry, value }: WishedEntry): boolean {
  return sameWeight(weightOf(entry.spelling), weightOf(value));
}

/**
 * The spelling counts, also where the weight is the same: a return gives back the owner's own, to the letter, and one
 * text left among our numbers would be refused by a version of the API that takes numbers only.
 */
export function weightOperation(wished: WishedEntry): readonly JsonPatchOperation[] {
  const { path, spelling, absent } = wished.entry;
  if (absent) return isAsWished(wished) ? [] : [{ op: "add", path, value: wished.value }];
  return spelling === wished.value ? [] : [{ op: "replace", path, value: wished.value }];
}

function entriesOf(split: Split, wish: BackendWish): readonly WishedEntry[] {
  const backend = find(split.backends, (b) => b.backend === wish.backend, `backend ${wish.backend}`);
  if (backend.entries.length !== wish.spellings.length)
    throw new RangeError(`${wish.backend} has ${backend.entries.length} weights, not ${wish.spellings.length}`);
  return backend.entries.flatMap((entry, i) => {
    const value = wish.spellings[i];
    return value === undefined ? [] : [{ entry, value }];
  });
}

function find<T>(items: readonly T[], is: (item: T) => boolean, what: string): T {
  const found = items.find(is);
  if (found === undefined) throw new RangeError(`the wish names ${what}, which the route does not have`);
  return found;
}

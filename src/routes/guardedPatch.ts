import { STATE_ANNOTATION, writeMemory } from "./memory.ts";
import type { BackendWish, JsonPatch, JsonPatchOperation, Route, Spelling, Split, WeightEntry, Wish } from "./route.ts";
import { sameWeight, weightOf } from "./weight.ts";

/**
 * The JSON Patch that makes an object as wished, or nothing where its weights already are: neither our annotation nor
 * another spelling is ever written alone. It begins with the resourceVersion, which a stale writer gets a 409 for. A
 * wish that does not fit the route that it was made for is broken code.
 */
export function guardedPatch(route: Route, wish: Wish): JsonPatch {
  const entries = wish.splits.flatMap(({ name, backends }) => {
    const split = find(route.splits, (s) => s.name === name, `split ${name}`);
    return backends.flatMap((backend) => wishedEntries(split, backend));
  });
  if (entries.every(({ entry, value }) => sameWeight(weightOf(entry.spelling), weightOf(value)))) return [];
  const weights = entries.flatMap((wished) => entryOperation(wished));
  return [{ op: "replace", path: "/metadata/resourceVersion", value: route.resourceVersion }, ...weights, ...memoryOperations(route, wish)];
}

interface WishedEntry {
  readonly entry: WeightEntry;
  readonly value: Spelling;
}

function wishedEntries(split: Split, wish: BackendWish): readonly WishedEntry[] {
  const backend = find(split.backends, (b) => b.backend === wish.backend, `backend ${wish.backend}`);
  if (backend.entries.length !== wish.spellings.length)
    throw new RangeError(`${wish.backend} has ${backend.entries.length} weights, not ${wish.spellings.length}`);
  return backend.entries.flatMap((entry, i) => {
    const value = wish.spellings[i];
    return value === undefined ? [] : [{ entry, value }];
  });
}

/**
 * The spelling counts, also where the weight is the same: a return gives back the owner's own, to the letter, and one
 * text left among our numbers would be refused by a version of the API that takes numbers only.
 */
function entryOperation({ entry: { path, spelling, absent }, value }: WishedEntry): readonly JsonPatchOperation[] {
  if (absent) return sameWeight(weightOf(spelling), weightOf(value)) ? [] : [{ op: "add", path, value }];
  return spelling === value ? [] : [{ op: "replace", path, value }];
}

function memoryOperations(route: Route, wish: Wish): readonly JsonPatchOperation[] {
  const text = writeMemory(wish.memory);
  if (text === route.memoryText) return [];
  // `add` below a map that is not there is refused.
  if (!route.hasAnnotations) return [{ op: "add", path: "/metadata/annotations", value: { [STATE_ANNOTATION]: text } }];
  return [{ op: "add", path: `/metadata/annotations/${escaped(STATE_ANNOTATION)}`, value: text }];
}

/** One step of a JSON Pointer (RFC 6901). */
function escaped(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}

function find<T>(items: readonly T[], is: (item: T) => boolean, what: string): T {
  const found = items.find(is);
  if (found === undefined) throw new RangeError(`the wish names ${what}, which the route does not have`);
  return found;
}

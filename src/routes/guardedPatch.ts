import { STATE_ANNOTATION, writeMemory } from "./memory.ts";
import type { BackendWish, JsonPatch, JsonPatchOperation, Route, Spelling, Split, WeightEntry, Wish } from "./route.ts";
import { sameWeight, weightOf } from "./weight.ts";

/**
 * The JSON Patch that makes an object as wished, or nothing where its weights already are: our annotation is never
 * written alone. It begins with the resourceVersion, which a stale writer gets a 409 for. A wish that does not fit the
 * route that it was made for is broken code.
 */
export function guardedPatch(route: Route, wish: Wish): JsonPatch {
  const weights = wish.splits.flatMap(({ name, backends }) => {
    const split = find(route.splits, (s) => s.name === name, `split ${name}`);
    return backends.flatMap((backend) => weightOperations(split, backend));
  });
  if (weights.length === 0) return [];
  return [{ op: "replace", path: "/metadata/resourceVersion", value: route.resourceVersion }, ...weights, ...memoryOperations(route, wish)];
}

function weightOperations(split: Split, wish: BackendWish): readonly JsonPatchOperation[] {
  const backend = find(split.backends, (b) => b.backend === wish.backend, `backend ${wish.backend}`);
  if (backend.entries.length !== wish.spellings.length)
    throw new RangeError(`${wish.backend} has ${backend.entries.length} weights, not ${wish.spellings.length}`);
  return backend.entries.flatMap((entry, i) => entryOperation(entry, wish.spellings[i]));
}

function entryOperation({ path, spelling, absent }: WeightEntry, value: Spelling | undefined): readonly JsonPatchOperation[] {
  if (value === undefined || sameWeight(weightOf(spelling), weightOf(value))) return [];
  return [{ op: absent ? "add" : "replace", path, value }];
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

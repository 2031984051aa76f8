import { STATE_ANNOTATION, writeMemory } from "./memory.ts";
import type { JsonPatch, JsonPatchOperation, Route, Wish } from "./route.ts";
import { isAsWished, weightOperation, wishedEntries } from "./weightOperations.ts";

/** Where our annotation stands in an object that has annotations, as a JSON Pointer (RFC 6901). */
export const STATE_PATH = `/metadata/annotations/${STATE_ANNOTATION.replaceAll("~", "~0").replaceAll("/", "~1")}`;

/**
 * The JSON Patch that makes an object as wished, or nothing where its weights already are: neither our annotation nor
 * another spelling is ever written alone. A wish that does not fit the route that it was made for is broken code.
 */
export function guardedPatch(route: Route, wish: Wish): JsonPatch {
  const entries = wishedEntries(route, wish.splits);
  if (entries.every(isAsWished)) return [];
  return [guard(route), ...entries.flatMap(weightOperation), ...memoryOperations(route, wish)];
}

/** The beginning of every patch of ours: a writer whose view is stale gets a 409 for it. */
export function guard({ resourceVersion }: Route): JsonPatchOperation {
  return { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion };
}

function memoryOperations(route: Route, wish: Wish): readonly JsonPatchOperation[] {
  const text = writeMemory(wish.memory);
  if (text === route.memoryText) return [];
  // `add` below a map that is not there is refused.
  if (!route.hasAnnotations) return [{ op: "add", path: "/metadata/annotations", value: { [STATE_ANNOTATION]: text } }];
  return [{ op: "add", path: STATE_PATH, value: text }];
}

import { STATE_ANNOTATION, writeMemory } from "./memory.ts";
import type { DesiredRoute, JsonPatch, JsonPatchOperation, Route } from "./route.ts";
import { desiredEntries, isAsDesired, weightOperation } from "./weightOperations.ts";

/** Where our annotation stands in an object that has annotations, as a JSON Pointer (RFC 6901). */
export const STATE_PATH = `/metadata/annotations/${STATE_ANNOTATION.replaceAll("~", "~0").replaceAll("/", "~1")}`;

/**
 * The JSON Patch that makes an object as desired, or nothing where its weights already are: neither our annotation nor
 * another spelling is ever written alone. Desired weights that do not fit their route are broken code.
 */
export function guardedPatch(route: Route, desired: DesiredRoute): JsonPatch {
  const entries = desiredEntries(route, desired.splits);
  if (entries.every(isAsDesired)) return [];
  return [guard(route), ...entries.flatMap(weightOperation), ...memoryOperations(route, desired)];
}

/** The beginning of every patch of ours: a writer whose view is stale gets a 409 for it. */
export function guard({ resourceVersion }: Route): JsonPatchOperation {
  return { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion };
}

function memoryOperations(route: Route, desired: DesiredRoute): readonly JsonPatchOperation[] {
  const text = writeMemory(desired.memory);
  if (text === route.memoryText) return [];
  // `add` below a map that is not there is refused.
  if (!route.hasAnnotations) return [{ op: "add", path: "/metadata/annotations", value: { [STATE_ANNOTATION]: text } }];
  return [{ op: "add", path: STATE_PATH, value: text }];
}

import { STATE_ANNOTATION, writeMemory } from "./memory.ts";
import type { DesiredRoute, JsonPatch, JsonPatchOperation, Route } from "./route.ts";
import { desiredEntries, isAsDesired, weightOperation } from "./weightOperations.ts";

/** JSON Pointer (RFC 6901) of the state annotation in an object that has annotations. */
export const STATE_PATH = `/metadata/annotations/${STATE_ANNOTATION.replaceAll("~", "~0").replaceAll("/", "~1")}`;

/**
 * The JSON Patch to the desired weights; empty if all weights are equal already, because neither the annotation nor another
 * notation is ever written alone. Throws if the desired weights do not fit the route: that is a bug.
 */
export function guardedPatch(route: Route, desired: DesiredRoute): JsonPatch {
  const entries = desiredEntries(route, desired.splits);
  if (entries.every(isAsDesired)) return [];
  return [guard(route), ...entries.flatMap(weightOperation), ...memoryOperations(route, desired)];
}

/** The first operation of every patch: a patch of an outdated object gets 409. */
export function guard({ resourceVersion }: Route): JsonPatchOperation {
  return { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion };
}

function memoryOperations(route: Route, desired: DesiredRoute): readonly JsonPatchOperation[] {
  const text = writeMemory(desired.memory);
  if (text === route.memoryText) return [];
  // The API server refuses `add` below a missing map.
  if (!route.hasAnnotations) return [{ op: "add", path: "/metadata/annotations", value: { [STATE_ANNOTATION]: text } }];
  return [{ op: "add", path: STATE_PATH, value: text }];
}

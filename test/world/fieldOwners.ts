/**
 * `metadata.managedFields`: which writer wrote each field last. Maps are followed, lists count as a whole (like atomic lists).
 */
import { isDeepStrictEqual } from "node:util";
import type { ApiObject, ManagedFields } from "./apiResource.ts";

interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly time: string;
}

/** Metadata that belongs to the server, not to a writer. */
const SERVER_FIELDS = ["name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "generateName"];

/** The managedFields after a write: changed fields belong to the writer, removed fields to no writer. */
export function ownersAfter(previous: ApiObject | null, next: ApiObject, writer: Writer): readonly ManagedFields[] {
  const before = previous === null ? new Map<string, unknown>() : leaves(previous);
  const after = leaves(next);
  const changed = [...after]
    .filter(([path, value]) => !before.has(path) || !isDeepStrictEqual(before.get(path), value))
    .map(([path]) => path);
  const owners = previous?.metadata.managedFields ?? [];
  const isComplete = [...before.keys()].every((path) => after.has(path));
  if (changed.length === 0 && isComplete) return owners;
  const isWriter = (entry: ManagedFields) => entry.manager === writer.manager && entry.apiVersion === writer.apiVersion;
  const [sole] = owners;
  // A single owner of all fields usually writes the same fields again, as with each renewal of a Lease.
  if (sole !== undefined && owners.length === 1 && isWriter(sole) && isComplete && before.size === after.size)
    return [{ ...sole, ...writer }];
  const taken = new Set(changed);
  const kept = owners
    .filter((entry) => !isWriter(entry))
    .map((entry) => ({ ...entry, fieldsV1: toFields(fromFields(entry.fieldsV1).filter((path) => after.has(path) && !taken.has(path))) }))
    .filter((entry) => Object.keys(entry.fieldsV1).length > 0);
  const own = owners.filter(isWriter).flatMap((entry) => fromFields(entry.fieldsV1));
  const paths = [...new Set([...own.filter((path) => after.has(path)), ...changed])];
  if (paths.length === 0) return kept;
  return [...kept, { ...writer, operation: "Update", fieldsType: "FieldsV1", fieldsV1: toFields(paths) }];
}

/** Remembers the fields of a stored object for the next comparison; only the server's own metadata of it changes. */
const known = new WeakMap<ApiObject, ReadonlyMap<string, unknown>>();

/** Paths are JSON arrays of field names, so that no name needs escaping. */
function leaves(object: ApiObject): ReadonlyMap<string, unknown> {
  const before = known.get(object);
  if (before !== undefined) return before;
  const found = new Map<string, unknown>();
  known.set(object, found);
  const visit = (value: unknown, path: readonly string[]) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
      for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
    } else found.set(JSON.stringify(path), value);
  };
  for (const [key, value] of Object.entries(object)) {
    if (key === "apiVersion" || key === "kind") continue;
    if (key !== "metadata") visit(value, [key]);
  }
  for (const [key, value] of Object.entries(object.metadata)) {
    if (!SERVER_FIELDS.includes(key)) visit(value, ["metadata", key]);
  }
  return found;
}

function toFields(paths: readonly string[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const path of paths) {
    let at = fields;
    for (const name of JSON.parse(path) as string[]) {
      at[`f:${name}`] ??= {};
      at = at[`f:${name}`] as Record<string, unknown>;
    }
  }
  return fields;
}

function fromFields(fields: Record<string, unknown>, above: readonly string[] = []): string[] {
  return Object.entries(fields).flatMap(([key, inner]) => {
    const path = [...above, key.slice("f:".length)];
    const below = fromFields(inner as Record<string, unknown>, path);
    return below.length === 0 ? [JSON.stringify(path)] : below;
  });
}

import type { z } from "zod";
import type { Path } from "./yamlFlaws.ts";

/** A removal can uncover a fault above it, such as a required key that is now missing; it is never deeper than this. */
const MAX_ROUNDS = 8;

/** A value without its faulty parts, and their paths; null: it cannot be mended by leaving parts out. */
export interface Mended<T> {
  readonly value: T;
  readonly removed: readonly Path[];
}

/** Leaves out what is faulty, so that the rest of a value can be checked further. */
export function withoutFaults<T>(schema: z.ZodType<T>, value: unknown): Mended<T> | null {
  const left: unknown = structuredClone(value);
  const removed: Path[] = [];
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const parsed = schema.safeParse(left);
    if (parsed.success) return { value: parsed.data, removed };
    for (const issue of parsed.error.issues) {
      const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
      for (const path of paths) {
        const gone = remove(left, path);
        if (gone === null) return null;
        removed.push(gone);
      }
    }
  }
  return null;
}

/** Removes what is at the path, or the closest key above it that is there and in a mapping. Null: there is none. */
function remove(value: unknown, path: Path): Path | null {
  for (let length = path.length; length > 0; length -= 1) {
    const [holder, key] = [holderOf(value, path.slice(0, length - 1)), path[length - 1]];
    if (!isMapping(holder) || key === undefined || !Object.hasOwn(holder, key)) continue;
    delete holder[String(key)];
    return path.slice(0, length);
  }
  return null;
}

function holderOf(value: unknown, path: Path): unknown {
  return path.reduce((inside: unknown, part) => (inside as Record<PropertyKey, unknown> | null | undefined)?.[part], value);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

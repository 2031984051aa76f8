/** Marks in JSON what JSON has no words for. No key of Kubernetes or of ours begins with `$`. */
const MAP = "$map";
const SET = "$set";
const NUMBER = "$number";

/** Writes a value as JSON in which maps, sets and all numbers survive. Keys without a value are left out, as absent ones. */
export function writeLossless(value: unknown): string {
  return JSON.stringify(value, (_, own: unknown) => {
    if (own instanceof Map) return { [MAP]: [...own] };
    if (own instanceof Set) return { [SET]: [...own] };
    if (typeof own === "number" && (!Number.isFinite(own) || Object.is(own, -0)))
      return { [NUMBER]: Object.is(own, -0) ? "-0" : String(own) };
    return own;
  });
}

/** Restores the value in which `JSON.parse` has found the marks of `writeLossless`. */
export function fromLossless(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromLossless);
  if (typeof value !== "object" || value === null) return value;
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) {
    const [mark, content] = only;
    if (mark === MAP && Array.isArray(content)) return new Map(content.map((pair) => fromLossless(pair) as [unknown, unknown]));
    if (mark === SET && Array.isArray(content)) return new Set(content.map(fromLossless));
    if (mark === NUMBER && typeof content === "string") return Number(content);
  }
  return Object.fromEntries(entries.map(([key, own]) => [key, fromLossless(own)]));
}

/** A JSON object read as a map of unknown values; null for anything else. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

/** The own property of a record, never an inherited one: a Service may be named `constructor`. */
export function ownValue<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** A record from entries, without inherited keys. */
export function recordOf<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const record = Object.create(null) as Record<string, T>;
  for (const [key, value] of entries) record[key] = value;
  return record;
}

/** The entries whose values are strings, as in labels and annotations. */
export function stringsOf(value: unknown): Record<string, string> {
  const record = asRecord(value) ?? {};
  return recordOf(Object.entries(record).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

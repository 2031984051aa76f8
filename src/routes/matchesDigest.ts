import { asRecord } from "./record.ts";

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Eight hexadecimal digits that tell a rule's `matches` from those of the other rules: FNV-1a of the text with sorted keys. */
export function matchesDigest(rule: unknown): string {
  const matches = asRecord(rule)?.["matches"];
  let hash = FNV_OFFSET;
  for (const character of canonical(matches ?? [])) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), FNV_PRIME);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const record = asRecord(value);
  if (record === null) return JSON.stringify(value) ?? "null";
  const keys = Object.keys(record).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(record[key])}`).join(",")}}`;
}

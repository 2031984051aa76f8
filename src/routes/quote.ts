/** What a problem shows of a value that someone else wrote, at most. */
const LONGEST_QUOTE = 60;

/** A value in the words of a problem: as JSON, and cut where it is long. */
export function quote(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  // Only the beginning of a long text is shown, so only that is escaped.
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, LONGEST_QUOTE + 1)) : describe(value);
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}

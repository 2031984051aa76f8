/** Longest quoted value in a problem, in characters. */
const LONGEST_QUOTE = 60;

/** A value for the text of a problem: as JSON, cut if it is long. */
export function quote(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  // Cut before escaping, because only the beginning is shown.
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, LONGEST_QUOTE + 1)) : describe(value);
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}

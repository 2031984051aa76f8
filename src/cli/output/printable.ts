/**
 * Characters that a terminal interprets or hides instead of showing: control characters except line feed, and invisible
 * ones that reorder text or break lines.
 */
const UNSEEN = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]--[\n]]/gv;

/** Text from elsewhere, safe to print: invisible characters become escapes such as `\u001b`. */
export function printable(text: string): string {
  return text.replace(UNSEEN, escapeOf);
}

/** As `printable`, and line feeds are escaped too. */
export function printableLine(text: string): string {
  return printable(text).replaceAll("\n", "\\n");
}

/** Indented JSON in which invisible characters are JSON escapes. */
export function printableJson(value: unknown): string {
  const escape = (unseen: string) => unseen.split("").map(escapeOf).join("");
  return `${JSON.stringify(value, null, 2).replace(UNSEEN, escape)}\n`;
}

function escapeOf(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}

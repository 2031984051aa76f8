/**
 * What a terminal would obey or hide instead of showing it: control characters (line feed apart), and those that turn or
 * break lines unseen.
 */
const UNSEEN = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]--[\n]]/gv;

/** A text that others had a part in, safe to be shown: what cannot be seen in it is told by its code. */
export function printable(text: string): string {
  return text.replace(UNSEEN, escapeOf);
}

/** The same within a line: it cannot begin another one. */
export function printableLine(text: string): string {
  return printable(text).replaceAll("\n", "\\n");
}

/** JSON for people and programs alike, a line a value: what cannot be seen in it is spelled as JSON spells it. */
export function printableJson(value: unknown): string {
  const escape = (unseen: string) => unseen.split("").map(escapeOf).join("");
  return `${JSON.stringify(value, null, 2).replace(UNSEEN, escape)}\n`;
}

function escapeOf(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}

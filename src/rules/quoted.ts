const MAX_LENGTH = 40;

/** Someone else's text as a sentence can hold it: in quotes, of bounded length, nothing in it invisible. */
export function quoted(text: string): string {
  const short = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return JSON.stringify(short).replace(/[\p{Cc}\p{Cf}]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}

export type Header = readonly [name: string, value: string];

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** A tab, and what is printable in Latin-1: other characters cannot be sent. */
const VALUE = /^[\t\x20-\x7E\x80-\xFF]*$/;
/** The client sets these itself. */
const TAKEN = ["connection", "content-length", "content-type", "transfer-encoding"];

/** What is wrong with some headers; null: nothing. It never quotes a value, which may be a secret. */
export function headersMistake(headers: readonly Header[]): string | null {
  const seen = new Set<string>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    // Without its text: it may be a part of a secret.
    if (!NAME.test(name)) return "has a name that is empty or has other characters than letters, digits and -";
    if (!VALUE.test(value)) return `has a line break or another character that cannot be sent in the value of ${name}`;
    if (value === "") return `has no value for ${name}`;
    if (TAKEN.includes(key)) return `sets ${name}, which is set already`;
    if (seen.has(key)) return `sets ${name} twice`;
    seen.add(key);
  }
  return null;
}

/**
 * Reads lines of `NAME: VALUE` or `NAME=VALUE`; empty lines and those that begin with # do not count.
 * Throws an error that quotes no line.
 */
export function parseHeaders(text: string): readonly Header[] {
  const headers = text.split(/\r?\n/).flatMap((line, i): readonly Header[] => {
    if (/^\s*(#|$)/.test(line)) return [];
    const [, name = "", value = ""] = /^\s*([^\s:=]+)\s*[:=]\s*([\s\S]*?)\s*$/.exec(line) ?? [];
    if (name === "") throw new Error(`line ${i + 1} is not NAME: VALUE`);
    return [[name, value]];
  });
  const wrong = headersMistake(headers);
  if (wrong !== null) throw new Error(`it ${wrong}`);
  return headers;
}

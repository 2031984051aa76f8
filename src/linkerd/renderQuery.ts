/** The values of the placeholders in an operator's query. */
export interface QueryValues {
  readonly namespace: string;
  /** The backend's Service. */
  readonly service: string;
  /** The cluster that the Service is mirrored from, flat or through a gateway; empty if it is not mirrored. */
  readonly cluster: string;
  /** The route's name. */
  readonly route: string;
}

const PLACEHOLDER = /\{\{(namespace|service|cluster|route)\}\}/g;
/** Characters that end a PromQL string, in any of its three kinds of quotes, or have a meaning in it. */
const MEANINGFUL = /[\\"'`\p{Cc}\u2028\u2029]/gu;

/** A query with its placeholders replaced. A value cannot break out of its string. */
export function renderQuery(text: string, values: QueryValues): string {
  return text.replace(PLACEHOLDER, (_, name: keyof QueryValues) => escaped(values[name]));
}

/** Escapes by code point: an escaped quote is only valid in a string with that kind of quotes. */
function escaped(value: string): string {
  return value.replace(MEANINGFUL, (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
}

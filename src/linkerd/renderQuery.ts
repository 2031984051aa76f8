/** What an operator's own query can ask about. */
export interface QueryValues {
  readonly namespace: string;
  /** The backend's Service. */
  readonly service: string;
  /** The cluster that the Service mirrors, through its gateway or flat; empty where it is no mirror. */
  readonly cluster: string;
  /** Name of the route. */
  readonly route: string;
}

const PLACEHOLDER = /\{\{(namespace|service|cluster|route)\}\}/g;
/** What could end a string of PromQL, in any of its three kinds of quotes, or mean something else in it. */
const MEANINGFUL = /[\\"'`\p{Cc}\u2028\u2029]/gu;

/** A query's text with the placeholders replaced. A value cannot leave the string it stands in. */
export function renderQuery(text: string, values: QueryValues): string {
  return text.replace(PLACEHOLDER, (_, name: keyof QueryValues) => escaped(values[name]));
}

/** By code, since a quote may only be escaped as itself inside its own kind of string. */
function escaped(value: string): string {
  return value.replace(MEANINGFUL, (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
}

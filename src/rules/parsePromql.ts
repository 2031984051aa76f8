import { parser } from "@prometheus-io/lezer-promql";

/** Stops at the first error: recovering from it is slow, and further errors would be guesses. */
const strictParser = parser.configure({ strict: true });

export type PromqlTree = ReturnType<typeof parser.parse>;

/** The syntax tree of a query, or the position of the first syntax error. */
export function parsePromql(text: string): PromqlTree | number {
  try {
    return strictParser.parse(text);
  } catch (error) {
    const at = /^No parse at (\d+)$/.exec(error instanceof SyntaxError ? error.message : "")?.[1];
    if (at === undefined) throw error;
    return Number(at);
  }
}

import { parser } from "@prometheus-io/lezer-promql";
import { nearest } from "./nearest.ts";
import type { Parsed } from "./parsed.ts";
import { quoted } from "./quoted.ts";

/** What a query may leave open, to be filled in for each backend. */
const PLACEHOLDERS = ["namespace", "service", "cluster", "route"];
const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
/** Longer ones cannot be read, and take long to be asked. */
export const MAX_QUERY_LENGTH = 4_096;

/** Ends at the first error: what could follow a repair is guesswork, and searching for it is slow. */
const strictParser = parser.configure({ strict: true });
/** What these wrap is of the same type as they are. */
const WRAPPERS = new Set(["PromQL", "ParenExpr", "OffsetExpr", "StepInvariantExpr"]);

/** The query, or what is wrong with it: PromQL with known placeholders, inside quotes only, whose result is numbers of one instant. */
export function checkQuery(text: string): Parsed<string> {
  if (text.trim() === "") return { wrong: "is empty", hint: "write a PromQL query that gives one number for a backend" };
  if (text.length > MAX_QUERY_LENGTH)
    return {
      wrong: `has ${text.length} characters, but at most ${MAX_QUERY_LENGTH} are allowed`,
      hint: "shorten it, or put its parts into recording rules of Prometheus",
    };
  const placeholders = [...text.matchAll(PLACEHOLDER)].map(
    (found): Placeholder => ({ name: found[1] ?? "", at: found.index, text: found[0] }),
  );
  const unknown = placeholders.find(({ name }) => !PLACEHOLDERS.includes(name));
  if (unknown !== undefined)
    return { wrong: `has the placeholder ${quoted(unknown.text)}, which is not known`, hint: knownLike(unknown.name) };
  // As long as they were, so that all places stay where they are.
  const filled = text.replace(PLACEHOLDER, (found) => "x".repeat(found.length));
  if (filled.includes("{{")) return { wrong: "opens a placeholder that it does not close", hint: "write it as {{service}}" };
  const tree = parse(filled);
  const stray = placeholders.find(({ at, text: { length } }) =>
    typeof tree === "number" ? tree >= at && tree < at + length : tree.resolveInner(at + 1).name !== "StringLiteral",
  );
  if (stray !== undefined)
    return {
      wrong: `has ${stray.text} outside of quotes`,
      hint: `use it as the value of a label or inside of one: {${stray.name}="${stray.text}"}`,
    };
  return typeof tree === "number" ? syntaxError(text, tree) : (wrongResult(tree) ?? { value: text });
}

interface Placeholder {
  readonly name: string;
  readonly text: string;
  readonly at: number;
}

type Tree = ReturnType<typeof parser.parse>;

/** The syntax tree, or where the text stops being PromQL. */
function parse(text: string): Tree | number {
  try {
    return strictParser.parse(text);
  } catch (error) {
    const at = /^No parse at (\d+)$/.exec(error instanceof SyntaxError ? error.message : "")?.[1];
    if (at === undefined) throw error;
    return Number(at);
  }
}

function knownLike(name: string): string {
  const near = nearest(name.trim(), PLACEHOLDERS);
  return near !== null ? `write {{${near}}}` : `the known ones are ${PLACEHOLDERS.map((known) => `{{${known}}}`).join(", ")}`;
}

function syntaxError(text: string, at: number): Parsed<string> {
  const rest = text.slice(at);
  if (rest.trim() === "")
    return { wrong: "is PromQL that is not complete", hint: "close every quote, bracket and brace, and end no operator in nothing" };
  const called = /\w+\s*$/.exec(text.slice(0, at))?.[0].trim();
  if (rest.startsWith("(") && called !== undefined)
    return { wrong: `calls ${quoted(called)}, which is not a function of PromQL`, hint: "check how the function is spelled" };
  return {
    wrong: `is not PromQL from ${quoted(rest)} on`,
    hint: "try the query in Prometheus first; the values of labels stand in quotes",
  };
}

/** What the whole query gives must be numbers of one instant: neither a range of them, nor a text. */
function wrongResult(tree: Tree): Parsed<string> | null {
  const cursor = tree.cursor();
  while (WRAPPERS.has(cursor.name) && cursor.firstChild()) while (cursor.name === "LineComment" && cursor.nextSibling());
  if (cursor.name === "StringLiteral") return { wrong: "gives a text, but must give a number", hint: "write a query for a metric" };
  if (cursor.name !== "MatrixSelector" && cursor.name !== "SubqueryExpr") return null;
  return {
    wrong: "gives a range of values, but must give one of now",
    hint: "wrap it in a function, as rate(…) or max_over_time(…), or leave out the brackets with the time",
  };
}

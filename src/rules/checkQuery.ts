import { nearest } from "./nearest.ts";
import type { Parsed } from "./parsed.ts";
import { type PromqlTree, parsePromql } from "./parsePromql.ts";
import { quoted } from "./quoted.ts";

/** The placeholders of a query, replaced for each backend. */
const PLACEHOLDERS = ["namespace", "service", "cluster", "route"];
const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
/** In characters. */
export const MAX_QUERY_LENGTH = 4_096;

/** These nodes have the type of the node inside them. */
const WRAPPERS = new Set(["PromQL", "ParenExpr", "OffsetExpr", "StepInvariantExpr"]);

/** The query, or the mistake in it. It must be PromQL with an instant result, and its placeholders must exist and be in quotes. */
export function checkQuery(text: string): Parsed<string> {
  if (text.trim() === "") return { wrong: "is empty", hint: "write a PromQL query that returns one number for a backend" };
  if (text.length > MAX_QUERY_LENGTH)
    return {
      wrong: `has ${text.length} characters, but at most ${MAX_QUERY_LENGTH} are allowed`,
      hint: "shorten it, or move parts of it into Prometheus recording rules",
    };
  const placeholders = [...text.matchAll(PLACEHOLDER)].map(
    (found): Placeholder => ({ name: found[1] ?? "", at: found.index, text: found[0] }),
  );
  const unknown = placeholders.find(({ name }) => !PLACEHOLDERS.includes(name));
  if (unknown !== undefined)
    return { wrong: `has the placeholder ${quoted(unknown.text)}, which does not exist`, hint: knownLike(unknown.name) };
  // Of the same length, so that all positions stay the same.
  const filled = text.replace(PLACEHOLDER, (found) => "x".repeat(found.length));
  if (filled.includes("{{")) return { wrong: "has a placeholder that is not closed", hint: "write it as {{service}}" };
  const tree = parsePromql(filled);
  const stray = placeholders.find(({ at, text: { length } }) =>
    typeof tree === "number" ? tree >= at && tree < at + length : tree.resolveInner(at + 1).name !== "StringLiteral",
  );
  if (stray !== undefined)
    return {
      wrong: `has ${stray.text} outside of quotes`,
      hint: `use it as a label value or as part of one: {${stray.name}="${stray.text}"}`,
    };
  return typeof tree === "number" ? syntaxError(text, tree) : (wrongResult(tree) ?? { value: text });
}

interface Placeholder {
  readonly name: string;
  readonly text: string;
  readonly at: number;
}

function knownLike(name: string): string {
  const near = nearest(name.trim(), PLACEHOLDERS);
  return near !== null ? `write {{${near}}}` : `the placeholders are ${PLACEHOLDERS.map((known) => `{{${known}}}`).join(", ")}`;
}

function syntaxError(text: string, at: number): Parsed<string> {
  const rest = text.slice(at);
  if (rest.trim() === "")
    return { wrong: "is incomplete PromQL", hint: "close every quote, bracket and brace, and give every operator its right-hand side" };
  const called = /\w+\s*$/.exec(text.slice(0, at))?.[0].trim();
  if (rest.startsWith("(") && called !== undefined)
    return { wrong: `calls ${quoted(called)}, which is not a function of PromQL`, hint: "check the spelling of the function" };
  return {
    wrong: `is not valid PromQL from ${quoted(rest)} on`,
    hint: "try the query in Prometheus first; label values must be in quotes",
  };
}

/** The mistake in the result type, or null: the result must neither be a range vector nor a string. */
function wrongResult(tree: PromqlTree): Parsed<string> | null {
  const cursor = tree.cursor();
  while (WRAPPERS.has(cursor.name) && cursor.firstChild()) while (cursor.name === "LineComment" && cursor.nextSibling());
  if (cursor.name === "StringLiteral") return { wrong: "returns a string, but must return a number", hint: "write a query for a metric" };
  if (cursor.name !== "MatrixSelector" && cursor.name !== "SubqueryExpr") return null;
  return {
    wrong: "returns a range of values, but must return the current value",
    hint: "wrap it in a function, as rate(…) or max_over_time(…), or remove the brackets with the duration",
  };
}

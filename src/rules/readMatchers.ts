import type { Parsed } from "./parsed.ts";
import { parsePromql } from "./parsePromql.ts";
import { quoted } from "./quoted.ts";

const HINT = `write label matchers as in PromQL, without the braces, such as cluster="west",tenant=~"a|b"`;
/** In characters. */
const MAX_LENGTH = 1_024;

/** Label matchers such as `cluster="west",tenant!=""` in their shortest spelling, or the mistake in them. */
export function readMatchers(text: string): Parsed<string> {
  if (text.length > MAX_LENGTH) return { wrong: `has ${text.length} characters, but at most ${MAX_LENGTH} are allowed`, hint: HINT };
  // On a line of its own, so that a comment at the end hides no brace.
  const braced = `{${text}\n}`;
  const tree = parsePromql(braced);
  if (typeof tree === "number") return notParsed(text, tree - 1);
  const selector = tree.topNode.getChild("VectorSelector");
  const inner = selector?.getChild("LabelMatchers");
  // Else the text closes the brace itself and goes on.
  if (selector?.from !== 0 || selector.to !== braced.length || inner === null || inner === undefined)
    return { wrong: "is more than label matchers", hint: HINT };
  if (inner.getChild("QuotedLabelName") !== null) return { wrong: "has a metric name, but must have labels only", hint: HINT };
  const matchers: string[] = [];
  for (const matcher of [...inner.getChildren("UnquotedLabelMatcher"), ...inner.getChildren("QuotedLabelMatcher")]) {
    const parts: string[] = [];
    for (let part = matcher.firstChild; part !== null; part = part.nextSibling) {
      if (part.name !== "LineComment") parts.push(braced.slice(part.from, part.to));
    }
    const [label = "", operator = "", value = ""] = parts;
    if (/^["'`]?__name__["'`]?$/.test(label)) return { wrong: "selects by __name__, but must select by labels only", hint: HINT };
    // The grammar accepts a string that ends with its line.
    if (value.length < 2 || !value.endsWith(value.charAt(0)))
      return { wrong: `has a quote that is not closed: ${quoted(value)}`, hint: HINT };
    if (operator.endsWith("~") && isBroken(textOf(value)))
      return { wrong: `has ${quoted(value)}, which is no regular expression`, hint: HINT };
    matchers.push(parts.join(""));
  }
  return matchers.length === 0 ? { wrong: "has no label matcher", hint: HINT } : { value: matchers.join(",") };
}

function notParsed(text: string, at: number): Parsed<string> {
  const rest = text.slice(at);
  return { wrong: rest.trim() === "" ? "is incomplete" : `is not a list of label matchers from ${quoted(rest)} on`, hint: HINT };
}

/** What a string of PromQL says, as far as a regular expression needs it. */
function textOf(string: string): string {
  const inner = string.slice(1, -1);
  return string.startsWith("`") ? inner : inner.replaceAll(/\\([\s\S])/g, "$1");
}

/** Mistakes in a regular expression that are the same in Prometheus's language and in JavaScript's. */
const BROKEN = /Unterminated (group|character class)|Unmatched|Nothing to repeat|Range out of order/;

/** Whether Prometheus would refuse this expression for sure. Flags such as `(?i)` are its own. */
function isBroken(pattern: string): boolean {
  try {
    new RegExp(pattern.replaceAll(/\(\?(P<\w+>|[imsU-]+[:)])/g, (flags) => (flags.endsWith(")") ? "" : "(")));
    return false;
  } catch (error) {
    return error instanceof Error && BROKEN.test(error.message);
  }
}

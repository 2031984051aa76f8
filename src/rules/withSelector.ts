import { parsePromql } from "./parsePromql.ts";

/** The nodes that a pair of braces may hold. */
const IN_BRACES = ["UnquotedLabelMatcher", "QuotedLabelMatcher", "QuotedLabelName"];

/** The query with these label matchers (as `readMatchers` returns them) in every selector; null if it is not PromQL. */
export function withSelector(promql: string, matchers: string): string | null {
  const tree = parsePromql(promql);
  if (typeof tree === "number") return null;
  const parts: string[] = [];
  let copied = 0;
  tree.iterate({
    enter: ({ name, node, to }) => {
      if (name !== "VectorSelector") return true;
      const braces = node.getChild("LabelMatchers");
      const at = braces === null ? to : braces.from + 1;
      const others = braces !== null && IN_BRACES.some((inside) => braces.getChild(inside) !== null);
      parts.push(promql.slice(copied, at), braces === null ? `{${matchers}}` : matchers, others ? "," : "");
      copied = at;
      return false;
    },
  });
  return [...parts, promql.slice(copied)].join("");
}

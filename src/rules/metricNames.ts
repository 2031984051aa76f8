import { parser } from "@prometheus-io/lezer-promql";

/** The nodes of a query that can contain the name of a metric. */
const NAMING = new Set(["VectorSelector", "UnquotedLabelMatcher", "QuotedLabelMatcher", "QuotedLabelName"]);

/**
 * The names of the metrics in a valid query, sorted: as `queue_depth`, `{"queue.depth"}` or `{__name__="queue_depth"}`.
 * Names with a placeholder or a pattern are left out, because they are not known in advance.
 */
export function metricNames(query: string): readonly string[] {
  const names = new Set<string>();
  const textOf = (node: { readonly from: number; readonly to: number } | null): string =>
    node === null ? "" : query.slice(node.from, node.to);
  parser.parse(query).iterate({
    enter: ({ name, node }) => {
      if (!NAMING.has(name)) return;
      const found = nameIn(name, node, textOf);
      if (found !== "" && !found.includes("{{")) names.add(found);
    },
  });
  return [...names].sort();
}

interface Node {
  readonly from: number;
  readonly to: number;
  readonly parent: Node | null;
  readonly name: string;
  getChild(name: string): Node | null;
}

function nameIn(kind: string, node: Node, textOf: (node: Node | null) => string): string {
  if (kind === "VectorSelector") return textOf(node.getChild("Identifier"));
  // A quoted name without an operator among the matchers is the name of a metric.
  if (kind === "QuotedLabelName") return node.parent?.name === "LabelMatchers" ? unquoted(textOf(node)) : "";
  const label = kind === "QuotedLabelMatcher" ? unquoted(textOf(node.getChild("QuotedLabelName"))) : textOf(node.getChild("LabelName"));
  if (label !== "__name__" || textOf(node.getChild("MatchOp")) !== "=") return "";
  return unquoted(textOf(node.getChild("StringLiteral")));
}

/** The text of a string literal; empty if it has escapes, because a warning about such a name would not help. */
function unquoted(literal: string): string {
  return literal.includes("\\") ? "" : literal.slice(1, -1);
}

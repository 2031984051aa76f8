import { parser } from "@prometheus-io/lezer-promql";

/** The nodes of a query that can name a metric. */
const NAMING = new Set(["VectorSelector", "UnquotedLabelMatcher", "QuotedLabelMatcher", "QuotedLabelName"]);

/**
 * The names of the metrics that a valid query asks for: as `queue_depth`, `{"queue.depth"}` or `{__name__="queue_depth"}`.
 * One that a placeholder or a pattern makes up is not known before it is asked, so it is left out.
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
  // A quoted name is a metric's where it stands alone among the matchers.
  if (kind === "QuotedLabelName") return node.parent?.name === "LabelMatchers" ? unquoted(textOf(node)) : "";
  const label = kind === "QuotedLabelMatcher" ? unquoted(textOf(node.getChild("QuotedLabelName"))) : textOf(node.getChild("LabelName"));
  if (label !== "__name__" || textOf(node.getChild("MatchOp")) !== "=") return "";
  return unquoted(textOf(node.getChild("StringLiteral")));
}

/** Escapes are left as they are: who needs them in a name is not helped by a warning. */
function unquoted(literal: string): string {
  return literal.includes("\\") ? "" : literal.slice(1, -1);
}

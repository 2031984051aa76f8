import { type SchemaNode, schemaKeys, spelledDefault } from "./schemaKeys.ts";

const RULE = "rules[].";

/** Every key of the rules file as a Markdown table: what it takes, what it is when left out, what it means. */
export function rulesTable(): string {
  const rows = schemaKeys()
    .filter(({ path }) => !path.startsWith("defaults."))
    .map(({ path, node }) => [`\`${path.replace(RULE, "")}\``, node.title ?? "", defaultOf(path, node), node.description ?? ""]);
  const lines = [["Key", "Value", "Left out", "Meaning"], ["---", "---", "---", "---"], ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function defaultOf(path: string, node: SchemaNode): string {
  if (path === "version" || path === "rules" || path === `${RULE}name`) return "must be given";
  const spelled = spelledDefault(node);
  return spelled === null ? "" : `\`${spelled}\``;
}

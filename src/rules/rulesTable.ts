import { type SchemaKey, schemaKeys, spelledDefault } from "./schemaKeys.ts";

const RULE = "rules[].";

/** Every key of the rules file as a Markdown table, with its type, default and meaning. */
export function rulesTable(): string {
  const rows = schemaKeys()
    .filter(({ path }) => !path.startsWith("defaults."))
    .map((key) => [`\`${key.path.replace(RULE, "")}\``, key.node.title ?? "", defaultCell(key), key.node.description ?? ""]);
  const lines = [["Key", "Value", "Default", "Meaning"], ["---", "---", "---", "---"], ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function defaultCell({ node, required }: SchemaKey): string {
  if (required) return "required";
  const spelled = spelledDefault(node);
  return spelled === null ? "" : `\`${spelled}\``;
}

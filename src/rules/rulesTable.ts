import { type SchemaKey, schemaKeys, spelledDefault } from "./schemaKeys.ts";

const RULE = "rules[].";

/** Every key of the rules file as a Markdown table: what it takes, what it is when left out, what it means. */
export function rulesTable(): string {
  const rows = schemaKeys()
    .filter(({ path }) => !path.startsWith("defaults."))
    .map((key) => [`\`${key.path.replace(RULE, "")}\``, key.node.title ?? "", leftOut(key), key.node.description ?? ""]);
  const lines = [["Key", "Value", "Left out", "Meaning"], ["---", "---", "---", "---"], ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function leftOut({ node, required }: SchemaKey): string {
  if (required) return "must be given";
  const spelled = spelledDefault(node);
  return spelled === null ? "" : `\`${spelled}\``;
}

import { isCollection, isMap, isScalar, type Pair, parseDocument, type YAMLMap } from "yaml";

/** The values of a chart as a Markdown table: name, default, and the comment above it in `values.yaml`. */
export function valuesTable(valuesYaml: string): string {
  const { contents } = parseDocument(valuesYaml);
  if (!isMap(contents)) throw new Error("values.yaml is not a map");
  return ["| value | default | |", "|---|---|---|", ...rowsOf(contents, "")].join("\n");
}

function rowsOf(map: YAMLMap, prefix: string): readonly string[] {
  return map.items.flatMap((pair, i) => {
    const name = `${prefix}${isScalar(pair.key) ? String(pair.key.value) : ""}`;
    const text = commentOf(map, pair, i);
    const { value } = pair;
    // A value that users set as a whole is one row, whatever its default contains.
    const whole = !isMap(value) || value.items.length === 0 || WHOLE.includes(name);
    if (whole) return [`| \`${name}\` | ${defaultText(value)} | ${text} |`];
    const rows = rowsOf(value, `${name}.`);
    return text === "" ? rows : [`| \`${name}\` | | ${text} |`, ...rows];
  });
}

const WHOLE = ["rules", "nodeSelector", "resources", "dashboard.labels"];

/** The comment above a key. The yaml package attaches the comment above the first key to the map. */
function commentOf(map: YAMLMap, { key }: Pair, index: number): string {
  const own = isScalar(key) ? key.commentBefore : null;
  const comment = own ?? (index === 0 ? map.commentBefore : null) ?? "";
  return comment
    .split("\n")
    .map((line) => line.trim())
    .join(" ");
}

function defaultText(value: unknown): string {
  const plain: unknown = isScalar(value) || isCollection(value) ? value.toJSON() : null;
  return `\`${typeof plain === "string" && plain !== "" ? plain : JSON.stringify(plain)}\``;
}

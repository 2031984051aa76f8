import { rulesJsonSchema } from "./rulesSchema.ts";
import type { Path } from "./yamlFlaws.ts";

/** What we use of a JSON Schema. */
export interface SchemaNode {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: string | number | readonly string[] | Readonly<Record<string, unknown>>;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly enum?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/** A key of the rules file: `rules[].signals.readiness`, say. */
export interface SchemaKey {
  readonly path: string;
  readonly node: SchemaNode;
}

const ROOT = rulesJsonSchema() as SchemaNode;

/** Every key that a rules file can have, from the outside in, in the order of the schema. */
export function schemaKeys(node: SchemaNode = ROOT, prefix = ""): readonly SchemaKey[] {
  return Object.entries(propertiesOf(node)).flatMap(([key, child]) => {
    const path = `${prefix}${key}`;
    const isListOfMaps = child.items !== undefined && Object.keys(propertiesOf(child.items)).length > 0;
    const inside = isListOfMaps && child.items ? schemaKeys(child.items, `${path}[].`) : schemaKeys(child, `${path}.`);
    return [{ path, node: child }, ...inside];
  });
}

/** The schema of the value at a path; an empty one where the schema has no such path. */
export function schemaAt(path: Path): SchemaNode {
  return path.reduce<SchemaNode>((node, part) => {
    if (typeof part === "number") return node.items ?? {};
    const rest = typeof node.additionalProperties === "object" ? node.additionalProperties : {};
    const properties = propertiesOf(node);
    return typeof part === "string" && Object.hasOwn(properties, part) ? (properties[part] ?? {}) : rest;
  }, ROOT);
}

/** The default as a file would spell it; null where there is none, and for maps, whose keys have their own. */
export function spelledDefault(node: SchemaNode): string | null {
  if (typeof node.default === "string" || typeof node.default === "number") return String(node.default);
  return Array.isArray(node.default) ? `[${node.default.join(", ")}]` : null;
}

/** The keys that a map has by the schema; a map that may also be null is a map. */
export function propertiesOf(node: SchemaNode): Readonly<Record<string, SchemaNode>> {
  return node.properties ?? node.anyOf?.find((choice) => choice.properties !== undefined)?.properties ?? {};
}

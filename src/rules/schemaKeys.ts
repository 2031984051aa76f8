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
  readonly required?: readonly string[];
  readonly examples?: readonly (string | number)[];
}

/** A key of the rules file: `rules[].signals.readiness`, say. */
export interface SchemaKey {
  readonly path: string;
  readonly node: SchemaNode;
  /** The map that it is a key of has no meaning without it. */
  readonly required: boolean;
}

const ROOT = rulesJsonSchema() as SchemaNode;

/** Every key that a rules file can have, from the outside in, in the order of the schema. */
export function schemaKeys(node: SchemaNode = ROOT, prefix = ""): readonly SchemaKey[] {
  const { properties = {}, required = [] } = mapOf(node);
  return Object.entries(properties).flatMap(([key, child]) => {
    const path = `${prefix}${key}`;
    const item = itemOf(child);
    const inside = item === null ? schemaKeys(child, `${path}.`) : schemaKeys(item, `${path}[].`);
    return [{ path, node: child, required: required.includes(key) }, ...inside];
  });
}

/** The schema of the value at a path; an empty one where the schema has no such path. */
export function schemaAt(path: Path): SchemaNode {
  return path.reduce<SchemaNode>((node, part) => {
    if (typeof part === "number") return itemOf(node) ?? {};
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

/** The keys that a map has by the schema. */
export function propertiesOf(node: SchemaNode): Readonly<Record<string, SchemaNode>> {
  return mapOf(node).properties ?? {};
}

/** A map that may also be null is a map. */
function mapOf(node: SchemaNode): SchemaNode {
  return node.properties ? node : (node.anyOf?.find(({ properties }) => properties !== undefined) ?? {});
}

/** What a list is made of, null where the node is no list; a list that may also be null is a list. */
function itemOf(node: SchemaNode): SchemaNode | null {
  return node.items ?? node.anyOf?.find(({ items }) => items !== undefined)?.items ?? null;
}

import { rulesJsonSchema } from "./rulesSchema.ts";
import type { Path } from "./yamlFlaws.ts";

/** The parts of a JSON Schema that are used here. */
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

/** A key of the rules file, such as `rules[].signals.readiness`. */
export interface SchemaKey {
  readonly path: string;
  readonly node: SchemaNode;
  /** The map that contains the key is invalid without it. */
  readonly required: boolean;
}

const ROOT = rulesJsonSchema() as SchemaNode;

/** Every key of the rules file in the order of the schema, each map before its own keys. */
export function schemaKeys(node: SchemaNode = ROOT, prefix = ""): readonly SchemaKey[] {
  const { properties = {}, required = [] } = mapOf(node);
  return Object.entries(properties).flatMap(([key, child]) => {
    const path = `${prefix}${key}`;
    const item = itemOf(child);
    const inside = item === null ? schemaKeys(child, `${path}.`) : schemaKeys(item, `${path}[].`);
    return [{ path, node: child, required: required.includes(key) }, ...inside];
  });
}

/** The schema of the value at a path; empty if the schema has no such path. */
export function schemaAt(path: Path): SchemaNode {
  return path.reduce<SchemaNode>((node, part) => {
    if (typeof part === "number") return itemOf(node) ?? {};
    const rest = typeof node.additionalProperties === "object" ? node.additionalProperties : {};
    const properties = propertiesOf(node);
    return typeof part === "string" && Object.hasOwn(properties, part) ? (properties[part] ?? {}) : rest;
  }, ROOT);
}

/** The default as it is written in a file; null without a default, and for maps, whose keys have their own defaults. */
export function spelledDefault(node: SchemaNode): string | null {
  if (typeof node.default === "string" || typeof node.default === "number") return String(node.default);
  return Array.isArray(node.default) ? `[${node.default.join(", ")}]` : null;
}

/** The keys of a map in the schema. */
export function propertiesOf(node: SchemaNode): Readonly<Record<string, SchemaNode>> {
  return mapOf(node).properties ?? {};
}

/** The node of the map, also for a map that may be null. */
function mapOf(node: SchemaNode): SchemaNode {
  return node.properties ? node : (node.anyOf?.find(({ properties }) => properties !== undefined) ?? {});
}

/** The node of the items of a list, also for a list that may be null; null if the node is no list. */
function itemOf(node: SchemaNode): SchemaNode | null {
  return node.items ?? node.anyOf?.find(({ items }) => items !== undefined)?.items ?? null;
}

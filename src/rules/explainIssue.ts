import type * as z from "zod";
import { nearest } from "./nearest.ts";
import { quoted } from "./quoted.ts";
import { propertiesOf, type SchemaNode, schemaAt, schemaKeys, spelledDefault } from "./schemaKeys.ts";
import { type Path, shownKey } from "./yamlFlaws.ts";

/** The text of a schema issue, and the path that it is about. */
export interface Explanation {
  readonly path: Path;
  readonly on: "key" | "value";
  readonly sentence: string;
  readonly hint: string;
}

/** Further unknown keys of one map are not reported: they have the same cause. */
const MAX_KEYS_EXPLAINED = 50;

/** The text of an issue of the schema. `value` is the value in the file at the issue's path. */
export function explainIssue(issue: z.core.$ZodIssue, value: unknown): readonly Explanation[] {
  const { path } = issue;
  const label = labelOf(path);
  const node = schemaAt(path);
  const about = (predicate: string, hint: string): readonly Explanation[] => [
    { path, on: "value", sentence: `${label} ${predicate}`, hint },
  ];
  if (issue.code === "unrecognized_keys")
    return issue.keys
      .filter((key) => key !== "__proto__")
      .slice(0, MAX_KEYS_EXPLAINED)
      .map((key) => explainUnknownKey(path, key));
  if (issue.code === "custom") return about(issue.message, String(issue.params?.hint));
  if (issue.code === "invalid_key")
    return [{ path, on: "key", sentence: `${label} is not a valid label key`, hint: "write it as `tier` or `example.com/tier`" }];
  if (value === undefined) return about("is missing", `write ${spelled(path, node)}`);
  if (issue.code === "too_small")
    return about(tooSmall(issue, value), `write ${spelled(path, node)}${node.title === "list of rules" ? "" : ", or leave it out"}`);
  if (issue.code === "too_big") return about(tooBig(issue, value), "use fewer, or a smaller number");
  if (issue.code === "invalid_value")
    return about(
      `is ${shown(value)}, but must be ${oneOf(issue.values.map(String))}`,
      didYouMean(value, issue.values) ?? `write ${spelled(path, node)}`,
    );
  return about(`is ${shown(value)}, but must be ${expected(node)}`, wrongTypeHint(path, node, value));
}

/** The text for a key without a value. */
export function explainEmpty(path: Path): Explanation {
  const key = shownKey(String(path.at(-1)));
  const isSignal = schemaAt(path).title === "map, or null";
  const hint = isSignal
    ? `\`${key}: {}\` turns it on with its defaults, \`${key}: null\` turns it off`
    : "give it a value, or leave it out";
  return { path, on: "key", sentence: `${labelOf(path)} has no value`, hint };
}

/** The name of a path in a sentence, without the rule, which the line number shows. */
function labelOf(path: Path): string {
  if (path.length === 0) return "the file";
  const inRule = path[0] === "rules" && path.length > 1;
  const inside = inRule ? path.slice(2) : path[0] === "defaults" && path.length > 1 ? path.slice(1) : path;
  return inside.length === 0 ? "the rule" : shownPath(inside);
}

/** A path as text: `signals.queries[0].name`. */
export function shownPath(path: Path): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${shownKey(String(part))}`)).join("");
}

function explainUnknownKey(path: Path, key: string): Explanation {
  const known = Object.keys(propertiesOf(schemaAt(path)));
  const where = path.length === 0 ? "a rules file" : labelOf(path) === "the rule" ? "a rule" : labelOf(path);
  const near = nearest(key, known);
  const elsewhere = schemaKeys()
    .map((schemaKey) => schemaKey.path)
    .find((candidate) => candidate.startsWith("rules[].") && candidate.endsWith(`.${key}`));
  const hint =
    near !== null
      ? `did you mean ${near}?`
      : elsewhere !== undefined
        ? `in a rule, the key is ${elsewhere.replace("rules[].", "")}`
        : `the valid keys are ${known.join(", ")}`;
  return { path: [...path, key], on: "key", sentence: `${shownKey(key)} is not a key of ${where}`, hint };
}

function tooSmall(issue: z.core.$ZodIssueTooSmall, value: unknown): string {
  return Array.isArray(value) ? "is empty" : `is ${shown(value)}, but must be at least ${issue.minimum}`;
}

function tooBig(issue: z.core.$ZodIssueTooBig, value: unknown): string {
  const size = Array.isArray(value) ? `has ${value.length} entries` : `is ${shown(value)}`;
  return `${size}, but ${Array.isArray(value) ? "may have" : "must be"} at most ${issue.maximum}`;
}

function wrongTypeHint(path: Path, node: SchemaNode, value: unknown): string {
  const unit = spelledDefault(node)?.endsWith("ms") ? "ms" : "s";
  if (node.title === "duration" && typeof value === "number" && value >= 0) return `write the unit, as ${value}${unit}`;
  if (node.title === "text" && (typeof value === "number" || typeof value === "boolean")) return `put it in quotes: "${value}"`;
  if (node.type === "array" && typeof value === "string") return `write it as a list: [${value.slice(0, 40)}]`;
  return `write ${spelled(path, node)}`;
}

function didYouMean(value: unknown, values: readonly unknown[]): string | null {
  const near = typeof value === "string" ? nearest(value, values.map(String)) : null;
  return near === null ? null : `did you mean ${near}?`;
}

/** A list of words as `a, b or c`. */
function oneOf(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

const QUERY_EXAMPLE = "{name: queue, query: 'max(queue_depth)', failAbove: 1000, recoverBelow: 100}";
const EXAMPLES: Readonly<Record<string, string>> = {
  "`1`": "1",
  name: "default",
  text: "shop",
  "list of names": "[shop]",
  "map of labels": "{tier: front}",
  "list of kinds": "[TrafficSplit]",
  "list of rules": "[{name: default}]",
  share: "50%",
  "list of queries, or null": `[${QUERY_EXAMPLE}]`,
  query: QUERY_EXAMPLE,
  "name of a query": "queue",
  "PromQL query": "'max(queue_depth)'",
};

/** A valid example value, with its key if it has one. */
function spelled(path: Path, node: SchemaNode): string {
  const key = path.at(-1);
  if (path.length === 0) return "`version: 1`, and `rules:` with at least one rule";
  const example = spelledDefault(node) ?? EXAMPLES[node.title ?? ""] ?? node.examples?.[0];
  if (typeof key === "string") return `\`${key}: ${example ?? "{}"}\``;
  if (path[0] === "rules" && path.length === 2) return "it as `- name: default`";
  return `it as ${node.enum ? oneOf(node.enum) : (example ?? "{}")}`;
}

function expected(node: SchemaNode): string {
  const title = node.title ?? (node.type === "object" || node.type === undefined ? "map" : "text");
  return title === "text" || title.startsWith("`") ? title : `a ${title}`;
}

function shown(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? quoted(value) : `${value as number | boolean | undefined}`;
}

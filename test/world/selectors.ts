import type { ApiObject } from "./apiResource.ts";
import { badRequest, type Result, refuse } from "./apiStatus.ts";

/** Whether the selector matches an object. */
export type Selector = (object: ApiObject) => boolean;

const REQUIREMENTS: readonly [RegExp, (labels: Labels, key: string, values: string) => boolean][] = [
  [/^([^\s=!,()]+)\s*={1,2}\s*([^\s=!,()]*)$/, (labels, key, value) => labels[key] === value],
  [/^([^\s=!,()]+)\s*!=\s*([^\s=!,()]*)$/, (labels, key, value) => labels[key] !== value],
  [/^([^\s=!,()]+)\s+in\s*\(([^()]*)\)$/, (labels, key, values) => labels[key] !== undefined && split(values).includes(labels[key])],
  [/^([^\s=!,()]+)\s+notin\s*\(([^()]*)\)$/, (labels, key, values) => labels[key] === undefined || !split(values).includes(labels[key])],
  [/^!\s*([^\s=!,()]+)()$/, (labels, key) => labels[key] === undefined],
  [/^([^\s=!,()]+)()$/, (labels, key) => labels[key] !== undefined],
];

type Labels = Readonly<Record<string, string>>;

/** Reads `labelSelector` and `fieldSelector` of a request. */
export function readSelectors(query: URLSearchParams): Result<Selector> {
  const wanted: Selector[] = [];
  for (const text of requirements(query.get("labelSelector") ?? "")) {
    const requirement = readLabelRequirement(text);
    if (requirement === null) return refuse(badRequest(`unable to parse requirement: ${text}`));
    wanted.push(requirement);
  }
  for (const text of requirements(query.get("fieldSelector") ?? "")) {
    const match = /^metadata\.(name|namespace)(==?|!=)(.*)$/.exec(text);
    if (match === null) return refuse(badRequest(`field label not supported: ${text}`));
    const [, field, operator, value] = match;
    wanted.push((object) => (object.metadata[field as "name" | "namespace"] === value) === (operator !== "!="));
  }
  return { ok: true, value: (object) => wanted.every((selector) => selector(object)) };
}

function readLabelRequirement(text: string): Selector | null {
  for (const [pattern, holds] of REQUIREMENTS) {
    const match = pattern.exec(text);
    if (match !== null) return (object) => holds(object.metadata.labels ?? {}, match[1] ?? "", match[2] ?? "");
  }
  return null;
}

/** Splits at the commas that are not inside the brackets of a set. */
function requirements(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function split(values: string): string[] {
  return values.split(",").map((value) => value.trim());
}

/**
 * JSON Patch (RFC 6902) with `add`, `replace`, `remove` and `test`, which Kubernetes clients send in practice. It works on a
 * copy, so a patch that fails halfway changes nothing.
 */
import { isDeepStrictEqual } from "node:util";

export type PatchOutcome =
  | { readonly state: "patched"; readonly value: unknown }
  /** An operation is invalid, or does not fit the document. */
  | { readonly state: "rejected"; readonly message: string }
  /** Not a JSON Patch. */
  | { readonly state: "malformed"; readonly message: string };

const OPERATIONS = ["add", "replace", "remove", "test"] as const;

interface Operation {
  readonly op: (typeof OPERATIONS)[number];
  readonly path: string;
  readonly value: unknown;
}

/** The document after all operations in order, or the reason why they failed. */
export function applyJsonPatch(document: unknown, patch: unknown): PatchOutcome {
  if (!Array.isArray(patch)) return { state: "malformed", message: "a JSON Patch is an array of operations" };
  const root = { "": structuredClone(document) };
  for (const raw of patch) {
    const operation = readOperation(raw);
    if (operation === null) return { state: "rejected", message: `not an operation: ${JSON.stringify(raw)}` };
    const problem = applyOperation(root, operation);
    if (problem !== null) return { state: "rejected", message: `${operation.op} operation does not apply: ${problem}` };
  }
  return { state: "patched", value: root[""] };
}

function readOperation(raw: unknown): Operation | null {
  if (!isMap(raw)) return null;
  const op = OPERATIONS.find((known) => known === raw.op);
  if (op === undefined || typeof raw.path !== "string") return null;
  if (op !== "remove" && !Object.hasOwn(raw, "value")) return null;
  return { op, path: raw.path, value: raw.value };
}

/** Null if applied, otherwise the problem. */
function applyOperation(root: Record<string, unknown>, operation: Operation): string | null {
  const steps = operation.path.split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = steps.pop() ?? "";
  let parent: unknown = root;
  for (const step of steps) parent = child(parent, step);
  const missing = `doc is missing path: ${JSON.stringify(operation.path)}: missing value`;
  if (Array.isArray(parent)) return applyToArray(parent, last, operation, missing);
  if (isMap(parent)) return applyToMap(parent, last, operation, missing);
  return missing;
}

function applyToMap(parent: Record<string, unknown>, key: string, operation: Operation, missing: string): string | null {
  if (operation.op !== "add" && !Object.hasOwn(parent, key)) return missing;
  switch (operation.op) {
    case "add":
    case "replace":
      parent[key] = structuredClone(operation.value);
      return null;
    case "remove":
      delete parent[key];
      return null;
    case "test":
      return isDeepStrictEqual(parent[key], operation.value) ? null : `testing value ${operation.path} failed: test failed`;
  }
}

function applyToArray(parent: unknown[], key: string, operation: Operation, missing: string): string | null {
  const index = operation.op === "add" && key === "-" ? parent.length : readIndex(key);
  const limit = operation.op === "add" ? parent.length : parent.length - 1;
  if (index === null || index > limit) return missing;
  switch (operation.op) {
    case "add":
      parent.splice(index, 0, structuredClone(operation.value));
      return null;
    case "replace":
      parent[index] = structuredClone(operation.value);
      return null;
    case "remove":
      parent.splice(index, 1);
      return null;
    case "test":
      return isDeepStrictEqual(parent[index], operation.value) ? null : `testing value ${operation.path} failed: test failed`;
  }
}

function child(parent: unknown, step: string): unknown {
  if (Array.isArray(parent)) {
    const index = readIndex(step);
    return index === null ? undefined : parent[index];
  }
  return isMap(parent) && Object.hasOwn(parent, step) ? parent[step] : undefined;
}

function readIndex(text: string): number | null {
  return /^(0|[1-9][0-9]{0,8})$/.test(text) ? Number(text) : null;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

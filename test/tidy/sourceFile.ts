import { parseSync } from "oxc-parser";

/** A syntax node, as far as walking needs it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** A node with the one that holds it. */
export interface Placed {
  readonly node: SyntaxNode;
  readonly parent: SyntaxNode | null;
}

export interface SourceFile {
  /** From the root of the project, with slashes. */
  readonly path: string;
  readonly text: string;
  /** Every node, the outer ones first. */
  readonly nodes: readonly Placed[];
}

/** Parses a TypeScript file; one that cannot be parsed is an error. */
export function sourceFile(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  return { path, text, nodes: [...walk(program, null)] };
}

/** 1 for the first line. */
export function lineOf(file: SourceFile, offset: number): number {
  return file.text.slice(0, offset).split("\n").length;
}

/** The room that a file of ours is in; `main` for src/main.ts, null outside src. */
export function roomOf(path: string): string | null {
  const [top, room, ...rest] = path.split("/");
  if (top !== "src" || room === undefined) return null;
  return rest.length > 0 ? room : room.replace(/\.ts$/, "");
}

function* walk(value: unknown, parent: SyntaxNode | null): Generator<Placed> {
  if (Array.isArray(value)) {
    for (const item of value) yield* walk(item, parent);
    return;
  }
  if (!isNode(value)) return;
  yield { node: value, parent };
  for (const child of Object.values(value)) if (typeof child === "object") yield* walk(child, value);
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

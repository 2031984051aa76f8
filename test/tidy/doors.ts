import { dirname, join } from "node:path/posix";
import { lineOf, roomOf, type SourceFile, type SyntaxNode } from "./sourceFile.ts";

/** By room, the rooms that it may enter; a `?` behind the name allows `import type` only. */
export type Doors = Readonly<Record<string, readonly string[] | "all">>;

/** By room, the packages that it may import, `import type` included. */
export type Packages = Readonly<Record<string, readonly string[]>>;

/** Imports that go through no door. */
export function doorFaults(file: SourceFile, doors: Doors): string[] {
  const room = roomOf(file.path);
  if (room === null) return [];
  const open = doors[room];
  if (open === undefined) return [`${file.path}: the room ${room} is not in the table of doors`];
  if (open === "all") return [];
  return importsOf(file).flatMap(({ from, typeOnly, line }) => {
    if (!from.startsWith(".")) return [];
    const target = roomOf(join(dirname(file.path), from)) ?? "outside src";
    if (target === room || open.includes(target)) return [];
    if (open.includes(`${target}?`)) return typeOnly ? [] : [`${file.path}:${line}: ${room} may import only types from ${target}`];
    return [`${file.path}:${line}: ${room} may not enter ${target}`];
  });
}

/** Packages in rooms that may not import them. */
export function packageFaults(file: SourceFile, packages: Packages): string[] {
  const room = roomOf(file.path);
  if (room === null) return [];
  return importsOf(file).flatMap(({ from, line }) => {
    if (from.startsWith(".") || from.startsWith("node:")) return [];
    const name = packageName(from);
    return packages[room]?.includes(name) === true ? [] : [`${file.path}:${line}: ${room} may not import ${name}`];
  });
}

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

/** Every import of a file: static ones, re-exports, `import()` and `import("…")` in types. */
export function importsOf(file: SourceFile): readonly Import[] {
  return file.nodes.flatMap(({ node }) => {
    const source = node.source as SyntaxNode | null | undefined;
    if (!/^(Import|Export\w+)Declaration$|^ImportExpression$|^TSImportType$/.test(node.type) || typeof source?.value !== "string")
      return [];
    return [{ from: source.value, typeOnly: isTypeOnly(node), line: lineOf(file, node.start) }];
  });
}

function isTypeOnly(node: SyntaxNode): boolean {
  if (node.type === "TSImportType" || node.importKind === "type" || node.exportKind === "type") return true;
  const specifiers = (node.specifiers ?? []) as readonly SyntaxNode[];
  return specifiers.length > 0 && specifiers.every((one) => one.importKind === "type" || one.exportKind === "type");
}

function packageName(from: string): string {
  return from.split("/", from.startsWith("@") ? 2 : 1).join("/");
}

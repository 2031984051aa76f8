import { importsOf } from "./doors.ts";
import { lineOf, type Placed, roomOf, type SourceFile, type SyntaxNode } from "./sourceFile.ts";

const IMPURE_NAMES = new Set([
  ...["performance", "process", "fetch", "crypto", "console", "globalThis", "navigator", "require"],
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "Promise", "WebSocket", "Worker", "Intl"],
]);

/** Clocks, dice, IO, timers and waiting in rooms that must not have them. */
export function purityFaults(file: SourceFile, pureRooms: readonly string[]): string[] {
  if (!pureRooms.includes(roomOf(file.path) ?? "")) return [];
  const imports = importsOf(file)
    .filter(({ from }) => from.startsWith("node:"))
    .map(({ from, line }) => `${file.path}:${line}: ${from} in a pure room`);
  const others = file.nodes.flatMap((placed) => {
    const what = impurityOf(placed);
    return what === null ? [] : [`${file.path}:${lineOf(file, placed.node.start)}: ${what} in a pure room`];
  });
  return [...imports, ...others];
}

function impurityOf({ node, parent }: Placed): string | null {
  switch (node.type) {
    case "Identifier":
      return IMPURE_NAMES.has(String(node.name)) && !isPropertyName(node, parent) ? String(node.name) : null;
    case "MemberExpression":
      if (nameOf(node.object) === "Date" && nameOf(node.property) === "now") return "Date.now";
      return nameOf(node.object) === "Math" && nameOf(node.property) === "random" ? "Math.random" : null;
    case "CallExpression":
      return nameOf(node.callee) === "Date" ? "Date()" : null;
    case "NewExpression":
      // A time that is handed in may be spelled out.
      return nameOf(node.callee) === "Date" && (node.arguments as readonly unknown[]).length === 0 ? "new Date()" : null;
    case "AwaitExpression":
      return "await";
    case "ForOfStatement":
      return node.await === true ? "await" : null;
    default:
      return node.async === true ? "async" : null;
  }
}

/** `settings.process` and `{ process: 1 }` name something of their own. */
function isPropertyName(node: SyntaxNode, parent: SyntaxNode | null): boolean {
  if (parent === null || parent.computed === true) return false;
  return parent.property === node || (parent.key === node && parent.shorthand !== true);
}

function nameOf(value: unknown): string | undefined {
  const node = value as { type?: string; name?: string; value?: unknown };
  if (node.type === "Literal") return String(node.value);
  return node.name;
}

import { lineOf, type SourceFile, type SyntaxNode } from "./sourceFile.ts";

/** Files and functions that are too long. */
export function sizeFaults(file: SourceFile, limits: { readonly fileLines: number; readonly functionLines: number }): string[] {
  const lines = file.text.trimEnd().split("\n").length;
  const long = lines > limits.fileLines ? [`${file.path}: ${lines} lines, ${limits.fileLines} at most`] : [];
  for (const { node, parent } of file.nodes) {
    if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type) || isDescribe(parent)) continue;
    const first = lineOf(file, node.start);
    const length = lineOf(file, node.end) - first + 1;
    if (length > limits.functionLines) long.push(`${file.path}:${first}: a function of ${length} lines, ${limits.functionLines} at most`);
  }
  return long;
}

/** The body of a `describe` is a chapter, not a function. */
function isDescribe(parent: SyntaxNode | null): boolean {
  if (parent?.type !== "CallExpression") return false;
  let callee = parent.callee as SyntaxNode;
  while (callee.type === "MemberExpression" || callee.type === "CallExpression") callee = (callee.object ?? callee.callee) as SyntaxNode;
  return callee.name === "describe";
}

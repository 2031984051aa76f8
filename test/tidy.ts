import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { type Node, parseSync, Visitor } from "oxc-parser";

/** A room's doors: which rooms it may enter, and which only by their types. Its packages: what it may import from outside. */
export interface Room {
  readonly enters: readonly string[];
  readonly types: readonly string[];
  readonly packages: readonly string[];
  readonly pure: boolean;
}

const room = (enters: string, types: string, packages: string, pure = false): Room => ({
  enters: enters.split(" ").filter(Boolean),
  types: types.split(" ").filter(Boolean),
  packages: packages.split(" ").filter(Boolean),
  pure,
});

/** The doors table of ARCHITECTURE.md, as data. */
export const ROOMS: Readonly<Record<string, Room>> = {
  routes: room("", "", "zod", true),
  rules: room("", "routes", "zod yaml @prometheus-io/lezer-promql", true),
  linkerd: room("routes", "evaluator", "", true),
  evaluator: room("rules routes", "", "", true),
  simulator: room("evaluator rules routes", "", "", true),
  observer: room("evaluator routes linkerd kube", "rules", "prometheus-query axios"),
  actuator: room("routes kube", "evaluator", ""),
  controller: room("evaluator rules routes kube", "observer actuator", ""),
  admin: room("evaluator routes", "controller observer", "express prom-client"),
  page: room("", "admin", "preact"),
  cli: room("routes rules linkerd evaluator simulator observer actuator controller admin kube", "", "commander pino yaml"),
  kube: room("", "", "@kubernetes/client-node undici yaml"),
};

/** The rooms inside the evaluator, as in ARCHITECTURE.md: which of them each may enter, also by types. Arrows point downwards only. */
export const EVALUATOR_ROOMS: Readonly<Record<string, readonly string[]>> = {
  record: ["model"],
  explain: ["brakes", "health", "weights", "forecast", "model"],
  phases: ["brakes", "health", "weights", "forecast", "model"],
  brakes: ["health", "weights", "forecast", "model"],
  health: ["model"],
  weights: ["model"],
  forecast: ["model"],
  model: [],
};

/** The files of the evaluator that stand outside its rooms: they call them, and no room may call them. */
const EVALUATOR_ENTRIES = ["step.ts", "stepRoute.ts"];

const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 60;

/** What a pure room must not touch. `new Date(ms)` with an argument is arithmetic, not a clock. */
const IMPURE: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a clock", /\bDate\.now\b|\bnew Date\(\)|\bperformance\./],
  ["randomness", /\bMath\.random\b|\brandomUUID\b/],
  ["a timer", /\bset(Timeout|Interval|Immediate)\(/],
  ["the process", /\bprocess\./],
  ["the network", /\bfetch\(/],
  ["a wait", /\bawait\b|\basync\b/],
  ["a module of Node", /from "node:/],
];

export interface Source {
  /** Path below the project's folder. */
  readonly path: string;
  readonly text: string;
}

/** All TypeScript files below a folder of the project. */
export function sourcesIn(root: string, folder: string): readonly Source[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
  return names.map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(root, folder, name), "utf8") }));
}

interface Import {
  readonly from: string;
  /** The whole statement imports only types. */
  readonly isType: boolean;
}

/** Everything that a file imports: by `import` and `export … from`, at run time, and by types such as `import("…").T`. */
function importsOf({ path, text }: Source): readonly Import[] {
  const found: Import[] = [];
  const note = (source: Node | null, isType: boolean) => {
    if (source !== null) found.push({ from: source.type === "Literal" ? String(source.value) : "a computed name", isType });
  };
  new Visitor({
    ImportDeclaration: ({ source, importKind }) => note(source, importKind === "type"),
    ExportNamedDeclaration: ({ source, exportKind }) => note(source, exportKind === "type"),
    ExportAllDeclaration: ({ source, exportKind }) => note(source, exportKind === "type"),
    ImportExpression: ({ source }) => note(source, false),
    TSImportType: ({ source }) => note(source, true),
  }).visit(parseSync(path, text).program);
  return found;
}

/** Doors that a file of `src/` opens though its room may not. */
export function wrongDoors({ path, text }: Source): readonly string[] {
  const name = path.split("/")[1] ?? "";
  const own = ROOMS[name];
  if (own === undefined) return [];
  const wrong: string[] = [];
  for (const { from, isType } of importsOf({ path, text })) {
    if (from.startsWith("node:")) continue;
    if (!from.startsWith(".")) {
      const named = from
        .split("/")
        .slice(0, from.startsWith("@") ? 2 : 1)
        .join("/");
      if (!own.packages.includes(named)) wrong.push(`${path} imports the package ${named}`);
      continue;
    }
    // A room may have folders of its own.
    const [, other = name] = posix.join(posix.dirname(path), from).split("/");
    if (other === name || own.enters.includes(other) || (own.types.includes(other) && isType)) continue;
    wrong.push(`${path} enters ${other}${own.types.includes(other) ? " by more than its types" : ""}`);
  }
  return wrong;
}

/** Imports inside the evaluator that point upwards or sideways, and files that stand in no room of it. */
export function wrongEvaluatorDoors({ path, text }: Source): readonly string[] {
  const [, folder, room = "", file] = path.split("/");
  if (folder !== "evaluator") return [];
  if (file === undefined) return EVALUATOR_ENTRIES.includes(room) ? [] : [`${path} stands in no room of the evaluator`];
  const enters = EVALUATOR_ROOMS[room];
  if (enters === undefined) return [`${path} stands in no room of the evaluator`];
  return importsOf({ path, text }).flatMap(({ from }) => {
    if (!from.startsWith(".")) return [];
    const [, other, inner = ""] = posix.join(posix.dirname(path), from).split("/");
    if (other !== "evaluator" || inner === room || enters.includes(inner)) return [];
    return [`${path} enters ${inner}`];
  });
}

/** What a file of a pure room touches though it must not; comments do not count. */
export function impurities({ path, text }: Source): readonly string[] {
  if (ROOMS[path.split("/")[1] ?? ""]?.pure !== true) return [];
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(^|\s)\/\/[^\n]*/g, "");
  return IMPURE.filter(([, pattern]) => pattern.test(code)).map(([what]) => `${path} touches ${what}`);
}

/** Files and functions that have grown too long. */
export function tooLong({ path, text }: Source, mostFunctionLines = MAX_FUNCTION_LINES): readonly string[] {
  const long: string[] = [];
  const lines = text.split("\n").length - 1;
  if (lines > MAX_FILE_LINES) long.push(`${path} has ${lines} lines`);
  const lineOf = (offset: number) => text.slice(0, offset).split("\n").length;
  const measure = (node: { readonly start: number; readonly end: number }) => {
    const length = lineOf(node.end) - lineOf(node.start) + 1;
    if (length > mostFunctionLines) long.push(`${path}:${lineOf(node.start)} a function of ${length} lines`);
  };
  new Visitor({ FunctionDeclaration: measure, FunctionExpression: measure, ArrowFunctionExpression: measure }).visit(
    parseSync(path, text).program,
  );
  return long;
}

/** Calls with more than `most` arguments. */
export function longCalls({ path, text }: Source, most: number): readonly string[] {
  const long: string[] = [];
  const count = ({ start, arguments: given }: { readonly start: number; readonly arguments: readonly unknown[] }) => {
    if (given.length > most) long.push(`${path}:${text.slice(0, start).split("\n").length} a call with ${given.length} arguments`);
  };
  new Visitor({ CallExpression: count, NewExpression: count }).visit(parseSync(path, text).program);
  return long;
}

/** The rows of the first table below a heading, as cells without backticks. */
export function tableBelow(page: string, heading: string): readonly (readonly string[])[] {
  const [, section = ""] = page.split(`## ${heading}\n`);
  const rows = (section.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .replaceAll("`", "")
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** Words that must not stay in the code. */
export function leftovers({ path, text }: Source): readonly string[] {
  const patterns = [/\b(TODO|FIXME)\b/, /\b(it|test|describe)\.(only|skip)\(/, /["'`\s]\/(root|home|Users)\//];
  return patterns.filter((pattern) => pattern.test(text)).map((pattern) => `${path} has ${pattern.source}`);
}

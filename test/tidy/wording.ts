import { basename } from "node:path/posix";

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

const LATER = /\b(?:TO(?:DO)|FIX(?:ME)|XX(?:X))\b/;
const HALF_TESTS = /\b(?:it|test|describe)\.(?:only|skip|todo)\b/;
const MACHINE_PATHS = /(?<![\w.~$}-])\/(?:work|home|root|Users|tmp)\/\w/;
const VAGUE_NAMES = ["utils.ts", "helpers.ts", "types.ts", "common.ts", "index.ts"];

/** Words that have no place in a finished tree: promises of later work, half-run tests, paths of one machine. */
export function wordingFaults({ path, text }: TextFile): string[] {
  const named = VAGUE_NAMES.includes(basename(path)) ? [`${path}: a name that says nothing`] : [];
  const lines = text.split("\n").flatMap((line, index) => {
    const at = `${path}:${index + 1}`;
    return [
      ...(LATER.test(line) ? [`${at}: work left for later`] : []),
      ...(path.endsWith(".test.ts") && HALF_TESTS.test(line) ? [`${at}: a test that is left out, or that leaves others out`] : []),
      ...(MACHINE_PATHS.test(line) ? [`${at}: a path that exists on one machine only`] : []),
    ];
  });
  return [...named, ...lines];
}

/** Each room says once, at the top of the file that comes first in reading, what it is and what it must never do. */
export function roomCommentFaults(room: string, files: readonly TextFile[]): string[] {
  const opening = files.filter(({ text }) => text.startsWith(`/**\n * ${room}/ — `));
  if (opening.length !== 1) return [`src/${room}: ${opening.length} files open with a comment \`${room}/ — …\`, one should`];
  const comment = opening[0]?.text.split("*/")[0] ?? "";
  return /\b(?:never|nothing|only|must not|no )\b/i.test(comment)
    ? []
    : [`src/${room}: its comment does not say what the room must never do`];
}

/** Dependencies that a page does not name. */
export function unnamedDependencies(page: string, dependencies: readonly string[]): string[] {
  return dependencies.filter((name) => !page.includes(`\`${name}\``)).map((name) => `the page does not name the dependency \`${name}\``);
}

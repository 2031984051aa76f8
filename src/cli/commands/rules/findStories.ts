import { glob, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** In a directory, these are the stories. */
const STORY_SUFFIX = ".txt";
/** A pattern that matches more files than this is a mistake. */
const MAX_STORIES = 10_000;

/** The story files, each once and in order, or the argument that names none. */
export type FoundStories = { readonly files: readonly string[] } | { readonly wrong: string; readonly hint: string };

/** The stories that the arguments name: files, directories (all .txt files below them) and glob patterns. */
export async function findStories(args: readonly string[]): Promise<FoundStories> {
  const files = new Set<string>();
  for (const arg of args) {
    const found = await filesOf(arg);
    if (found.length === 0) {
      const isPattern = /[*?[{]/.test(arg);
      const wrong = isPattern ? `no file matches ${arg}` : `${arg} is a directory without stories`;
      return { wrong, hint: isPattern ? "check the pattern; it is relative to this directory" : `stories end with ${STORY_SUFFIX}` };
    }
    for (const file of found) files.add(file);
    if (files.size > MAX_STORIES) return { wrong: `these are more than ${MAX_STORIES} stories`, hint: "name a smaller directory" };
  }
  return { files: [...files] };
}

/** A file that does not exist is returned, so that reading it tells why. */
async function filesOf(arg: string): Promise<readonly string[]> {
  const kind = await stat(arg).catch(() => null);
  if (kind?.isDirectory() === true) {
    const names = await readdir(arg, { recursive: true, withFileTypes: true });
    const stories = names.filter((entry) => entry.isFile() && entry.name.endsWith(STORY_SUFFIX));
    return stories.map((entry) => join(entry.parentPath, entry.name)).toSorted();
  }
  if (kind !== null || !/[*?[{]/.test(arg)) return [arg];
  const matches: string[] = [];
  for await (const match of glob(arg)) {
    if ((await stat(match).catch(() => null))?.isFile() === true) matches.push(match);
    if (matches.length > MAX_STORIES) break;
  }
  return matches.toSorted();
}

import { readRoute } from "../owner/routeArgument.ts";

/** A file that `explain --export` has written. */
export interface RecordFile {
  readonly file: string;
}

const SUFFIX = ".json";

/** The file that these words name; null: they are no file. A route may be called `web.json`, too: `ts/web.json` is that route, `./ts/web.json` is a file. */
export function recordFileIn(words: readonly string[]): RecordFile | null {
  const [word = ""] = words;
  return words.length === 1 && word.endsWith(SUFFIX) && "wrong" in readRoute(words) ? { file: word } : null;
}

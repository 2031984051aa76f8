import { readFile, stat } from "node:fs/promises";
import type { RuleSet } from "../../../rules/ruleSet.ts";
import { type Check, type PlayedStory, playStory } from "../../../simulator/playStory.ts";
import type { StoryProblem } from "../../../simulator/storyText.ts";

/** As many bytes are read of a story; the reader of stories refuses a longer one. */
const MAX_STORY_BYTES = 4 * 1_048_576;

/** What came of one story file. */
export interface StoryResult {
  readonly file: string;
  /** Null: the file could not be read. */
  readonly text: string | null;
  readonly checks: readonly Check[];
  readonly problems: readonly StoryProblem[];
  readonly outputs: PlayedStory["outputs"];
  /** How long the story lasted, in its own time. */
  readonly storySeconds: number;
  /** How long it took to play. */
  readonly tookMs: number;
}

/** A result in one word: a story that cannot be played is no failed test, but an invalid one. */
export function verdictOf({ checks, problems }: StoryResult): "passed" | "failed" | "invalid" {
  if (problems.length > 0) return "invalid";
  return checks.every(({ passed }) => passed) ? "passed" : "failed";
}

/** Reads and plays one story. A file that cannot be read is a problem of the story. */
export async function playFile(file: string, rules: RuleSet | null): Promise<StoryResult> {
  const startMs = performance.now();
  const nothing = { file, text: null, checks: [], outputs: new Map(), storySeconds: 0, tookMs: 0 };
  const text = await readStoryFile(file);
  if (typeof text !== "string") return { ...nothing, problems: [text] };
  const { checks, problems, seconds, outputs } = playStory(text, rules);
  const expectsNothing = problems.length === 0 && checks.length === 0;
  const untested: StoryProblem = {
    line: 1,
    sentence: "this story expects nothing, so it cannot fail",
    hint: "add `> expect within 30s: web 0, east 100`, or a `|` below a `> run`, to be filled in with --update",
  };
  const all = expectsNothing ? [untested] : problems;
  return { file, text, checks, problems: all, outputs, storySeconds: seconds, tookMs: performance.now() - startMs };
}

async function readStoryFile(file: string): Promise<string | StoryProblem> {
  const cannot = (why: string): StoryProblem => ({
    line: 1,
    sentence: `the file cannot be read: ${why}`,
    hint: "check the path and the permissions",
  });
  try {
    const { size } = await stat(file);
    if (size > MAX_STORY_BYTES) return cannot("it is larger than a story can be");
    return await readFile(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    return cannot({ ENOENT: "it does not exist", EACCES: "permission denied", EISDIR: "it is a directory" }[code] ?? code);
  }
}

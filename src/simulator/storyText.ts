import { type Mistake, mistake } from "./mistake.ts";

/** A larger file is no story. */
const MAX_STORY_CHARACTERS = 1_048_576;

const COMMAND = "> ";
const BODY = ">   ";
const OUTPUT = "|";

/** A command of a story, with the lines that belong to it. Lines count from 1. */
export interface StoryCommand {
  readonly line: number;
  readonly text: string;
  /** The lines of a `rules` command. */
  readonly body: readonly string[];
  /** The outputs in the file, without their `| `; null: the file has none. A `|` alone asks for them. */
  readonly outputs: readonly string[] | null;
}

/** A mistake in a line of a story. */
export interface StoryProblem extends Mistake {
  readonly line: number;
}

export interface StoryText {
  readonly commands: readonly StoryCommand[];
  readonly problems: readonly StoryProblem[];
}

/** Reads the lines of a story: prose, commands (`> `) and outputs (`| `). A line that resembles a command but is none is a mistake. */
export function readStory(text: string): StoryText {
  if (text.length > MAX_STORY_CHARACTERS)
    return { commands: [], problems: [{ line: 1, ...mistake("the file is larger than 1 MiB", "write several stories") }] };
  const commands: { line: number; text: string; body: string[]; outputs: string[] | null }[] = [];
  const problems: StoryProblem[] = [];
  let previous: "prose" | "command" | "output" = "prose";
  for (const [i, raw] of text.split("\n").entries()) {
    const line = raw.trimEnd();
    const last = commands.at(-1);
    if (line.startsWith(BODY) && last?.text === "rules" && previous === "command") last.body.push(line.slice(BODY.length));
    else if (line.startsWith(COMMAND) && !line.startsWith(BODY)) {
      commands.push({ line: i + 1, text: line.slice(COMMAND.length).trim(), body: [], outputs: null });
      previous = "command";
    } else if (line.startsWith(OUTPUT) && isOutput(line) && last !== undefined && previous !== "prose") {
      last.outputs ??= [];
      if (line !== OUTPUT) last.outputs.push(line.slice(OUTPUT.length + 1));
      previous = "output";
    } else {
      const wrong = wrongLine(line);
      if (wrong !== null) problems.push({ line: i + 1, ...wrong });
      previous = "prose";
    }
  }
  return { commands, problems };
}

function isOutput(line: string): boolean {
  return line === OUTPUT || line.startsWith(`${OUTPUT} `);
}

/** What is wrong with a line that is neither a command nor an output; null: it is prose. */
function wrongLine(line: string): Mistake | null {
  if (line.startsWith(BODY)) return mistake("this line belongs to no `rules`", "a command has one space after `>`");
  if (/^\s*>/.test(line)) return mistake("this is not a command", "a command begins with `> ` in the first column");
  if (isOutput(line)) return mistake("this output belongs to no command", "outputs follow their command without an empty line");
  return /^\s*\|/.test(line) ? mistake("this is not an output", "an output begins with `| ` in the first column") : null;
}

/** The text with these outputs in place of its own, by the line of their command. Commands that are not named keep theirs. */
export function withOutputs(text: string, outputs: ReadonlyMap<number, readonly string[]>): string {
  const lines: string[] = [];
  const ends = text.includes("\r\n") ? "\r" : "";
  let current: readonly string[] | undefined;
  let last = 0;
  const flush = (): void => {
    for (const output of current ?? []) lines.push(`${OUTPUT} ${output}`.trimEnd() + ends);
    current = undefined;
  };
  for (const [i, line] of text.split("\n").entries()) {
    const isBody = line.startsWith(BODY) && last === i;
    if (isBody) last = i + 1;
    if (line.startsWith(OUTPUT) && isOutput(line.trimEnd()) && current !== undefined) continue;
    if (!isBody) flush();
    lines.push(line);
    if (!line.startsWith(COMMAND) || isBody) continue;
    last = i + 1;
    current = outputs.get(i + 1);
  }
  flush();
  return lines.join("\n");
}

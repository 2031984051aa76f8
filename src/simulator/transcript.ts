import { routeText } from "../evaluator/explain/explain.ts";
import { parseRules } from "../rules/parseRules.ts";
import type { RuleSet } from "../rules/ruleSet.ts";
import { type Command, obey } from "./commands.ts";
import { Story } from "./story.ts";
import { tickLines } from "./tickLines.ts";

const COMMAND = "> ";
const BODY = ">   ";
const OUTPUT = "| ";

/**
 * Runs a transcript: prose, commands (`> `) and their outputs (`| `). Returns the same text with the current outputs, so a
 * transcript with correct outputs is returned unchanged.
 */
export function runTranscript(text: string): string {
  const story = new Story(rulesOf(""));
  const lines: string[] = [];
  const source = text.split("\n");
  for (let i = 0; i < source.length; i++) {
    const line = source[i] ?? "";
    if (line.startsWith(OUTPUT) || line === OUTPUT.trimEnd()) continue;
    lines.push(line);
    if (!line.startsWith(COMMAND)) continue;
    const body: string[] = [];
    while (source[i + 1]?.startsWith(BODY) === true) {
      i += 1;
      lines.push(source[i] ?? "");
      body.push((source[i] ?? "").slice(BODY.length));
    }
    for (const output of perform(story, line.slice(COMMAND.length).trim(), body.join("\n"))) lines.push(OUTPUT + output);
  }
  return lines.join("\n");
}

function perform(story: Story, text: string, body: string): readonly string[] {
  const command: Command = { text, body };
  if (text === "rules") {
    story.rules = rulesOf(body);
    return [];
  }
  if (text === "explain") return [...story.state.routes.values()].flatMap((route) => routeText(route).split("\n"));
  const seconds = /^run (?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (seconds === null) return obey(story, command);
  return run(story, Number(seconds[1] ?? 0) * 60 + Number(seconds[2] ?? 0));
}

/** Lets time pass, with a tick at the start and one per interval. Returns the changes and the final weights. */
function run(story: Story, seconds: number): readonly string[] {
  const lines: string[] = [...tickLines(story.tick())];
  const startMs = story.nowMs;
  for (let second = 1; second <= seconds; second++) {
    story.passSecond();
    if ((story.nowMs - startMs) % story.intervalMs === 0) lines.push(...tickLines(story.tick()));
  }
  if (lines.length === 0) lines.push("nothing to do");
  for (const split of story.splits.values()) {
    lines.push(`${split.name}: ${split.weights.map(([backend, weight]) => `${backend} ${weight}`).join(", ")}`);
  }
  return lines;
}

/** One rule named `default` with these keys. Throws if they are invalid, because a transcript is code. */
function rulesOf(body: string): RuleSet {
  const indented = body.split("\n").map((line) => `    ${line}`);
  const parsed = parseRules(["version: 1", "rules:", "  - name: default", ...indented].join("\n"), "transcript");
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => JSON.stringify(problem)).join("\n"));
  return parsed.rules;
}

import type { Check } from "../../../simulator/playStory.ts";
import { printableLine } from "../../output/printable.ts";
import { type Colour, coloured, type TextStyle } from "../../output/textStyle.ts";
import { wrap } from "../../output/wrap.ts";
import { lineDiff } from "./lineDiff.ts";
import { type StoryResult, verdictOf } from "./storyResult.ts";

const SIGNS = { passed: "√", failed: "×", invalid: "×" } as const;
const COLOURS = { passed: "good", failed: "bad", invalid: "bad" } as const;

/** Differences that follow from the first ones are many; JSON and JUnit have all. */
const CHECKS_SHOWN = 3;
/** Lines of what happened that are shown of an expectation that is not met: the last ones. */
const HAPPENED_SHOWN = 12;

/** The results as text for people: a line per story, and below it what is not as expected. */
export function renderStories(results: readonly StoryResult[], style: TextStyle): string {
  return `${[...results.flatMap((result) => storyLines(result, style)), "", summary(results, style)].join("\n")}\n`;
}

function storyLines(result: StoryResult, style: TextStyle): readonly string[] {
  const { file, checks, problems } = result;
  const verdict = verdictOf(result);
  const sign = coloured(SIGNS[verdict], COLOURS[verdict], style);
  const failed = checks.filter(({ passed }) => !passed);
  const count = failed.length > 0 ? `${failed.length} of ${checks.length} checks failed` : plural(checks.length, "check");
  const head = `${sign} ${printableLine(file)}: ${verdict === "invalid" ? "not valid" : count}`;
  const hidden = failed.length - CHECKS_SHOWN;
  return [
    head,
    ...problems.flatMap(({ line, sentence, hint }) => [
      ...hanging(`${file}:${line}: ${sentence}`, style),
      ...hanging(`hint: ${hint}`, style),
    ]),
    ...failed.slice(0, CHECKS_SHOWN).flatMap((check) => checkLines(file, check, style)),
    ...(hidden > 0 ? [`  and ${hidden} more; -o json has all`] : []),
  ];
}

function checkLines(file: string, check: Check, style: TextStyle): readonly string[] {
  const { line, command } = check;
  return [
    ...hanging(`${file}:${line}: ${command}`, style),
    ...differenceOf(check).map((text) => `    ${paint(printableLine(text), style)}`),
  ];
}

/** What is not as expected, as lines that begin with `- ` and `+ `. */
export function differenceOf({ isOutput, expected, actual, happened }: Check): readonly string[] {
  if (isOutput) return lineDiff(expected, actual);
  const skipped = happened.length - HAPPENED_SHOWN;
  return [
    `- ${expected.join(", ")}`,
    `+ ${actual.join(", ")}`,
    ...(happened.length > 0 ? ["  what happened:"] : []),
    ...(skipped > 0 ? [`  … (${skipped} lines before)`] : []),
    ...happened.slice(-HAPPENED_SHOWN).map((text) => `  ${text}`),
  ];
}

function paint(text: string, style: TextStyle): string {
  const colour: Colour | null = text.startsWith("- ") ? "bad" : text.startsWith("+ ") ? "good" : null;
  return coloured(text, colour, style);
}

function hanging(text: string, { columns }: TextStyle): readonly string[] {
  return wrap(printableLine(text), columns - 4).map((line, i) => `${i === 0 ? "  " : "    "}${line}`);
}

function summary(results: readonly StoryResult[], style: TextStyle): string {
  const count = (verdict: "passed" | "failed" | "invalid") => results.filter((result) => verdictOf(result) === verdict).length;
  const parts = [`${count("passed")} passed`];
  if (count("failed") > 0) parts.push(coloured(`${count("failed")} failed`, "bad", style));
  if (count("invalid") > 0) parts.push(coloured(`${count("invalid")} not valid`, "bad", style));
  return `${plural(results.length, "story", "stories")}: ${parts.join(", ")}`;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

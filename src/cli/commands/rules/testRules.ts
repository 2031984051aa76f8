import { Command, Option } from "commander";
import type { RuleSet } from "../../../rules/ruleSet.ts";
import { withOutputs } from "../../../simulator/storyText.ts";
import { type Answer, printAnswer, usageError } from "../../output/answer.ts";
import { EXIT } from "../../output/exit.ts";
import { printableJson } from "../../output/printable.ts";
import { refuseRules } from "../../output/refuseRules.ts";
import { type TextStyle, textStyleOf } from "../../output/textStyle.ts";
import { written } from "../../output/written.ts";
import { rulesIn } from "../../wiring/rulesIn.ts";
import { findStories } from "./findStories.ts";
import { renderStories } from "./renderStories.ts";
import { junitXml, storiesJson } from "./storyReports.ts";
import { playFile, type StoryResult, verdictOf } from "./storyResult.ts";

interface TestSettings {
  readonly rules?: string;
  readonly output: "table" | "json" | "junit";
  readonly junit?: string;
  readonly update?: true;
}

const HELP = `
Examples:
  linkerd-failover rules test examples/rules-tests/stories \\
    --rules examples/rules-tests/rules.yaml
  linkerd-failover rules test 'examples/rules-tests/stories/f*.txt' \\
    --rules examples/rules-tests/rules.yaml -o json

A story says what happens to a route, and what the rules must do about it, by
when, and what they must not do. docs/rules-test.md has the format. Without
--rules, a story is played with the rules in it, or else with the built-in rule.

Exit status: 0 all is as expected, 1 something is not, 2 wrong usage, or a story
or the rules are not valid.
`;

/** `rules test STORY…`: plays stories against a rules file. */
export function testRulesCommand(): Command {
  return new Command("test")
    .argument("<story...>", "stories: files, directories, or patterns in quotes")
    .description("play stories against a rules file, and show what is not as expected")
    .option("--rules <file>", "rules file")
    .addOption(new Option("-o, --output <format>", "output format").choices(["table", "json", "junit"]).default("table"))
    .option("--junit <file>", "also write JUnit XML to this file")
    .option("--update", "write the outputs of now into the stories, below commands that have some or a `|`")
    .addHelpText("after", HELP)
    .action(testRules);
}

async function testRules(stories: readonly string[], settings: TestSettings): Promise<void> {
  const parsed = settings.rules === undefined ? null : await rulesIn(settings.rules);
  if (parsed?.ok === false) return refuseRules(parsed.problems);
  const found = await findStories(stories);
  if ("wrong" in found) return printAnswer(usageError(found.wrong, found.hint));
  const results: StoryResult[] = [];
  for (const file of found.files) results.push(await playFile(file, parsed?.rules ?? null));
  if (settings.update === true) return printAnswer(await update(results, parsed?.rules ?? null, settings));
  printAnswer(await answerOf(results, settings));
}

async function answerOf(results: readonly StoryResult[], { output, junit }: Pick<TestSettings, "output" | "junit">): Promise<Answer> {
  const verdicts = results.map(verdictOf);
  const exit = verdicts.includes("invalid") ? EXIT.usage : verdicts.includes("failed") ? EXIT.no : EXIT.fine;
  const page = pageOf(results, output, textStyleOf(process.stdout));
  const failed = junit === undefined ? null : await written(junit, junitXml(results));
  if (failed === null) return { exit, page, remarks: [] };
  return { exit: EXIT.usage, page, remarks: [{ message: `${junit} cannot be written: ${failed}`, hint: "does its directory exist?" }] };
}

function pageOf(results: readonly StoryResult[], output: TestSettings["output"], style: TextStyle): string {
  if (output === "json") return printableJson(storiesJson(results));
  return output === "junit" ? junitXml(results) : renderStories(results, style);
}

/** Writes the outputs of now into the stories, and plays them again. An expectation that is not met stays so. */
async function update(results: readonly StoryResult[], rules: RuleSet | null, settings: TestSettings): Promise<Answer> {
  const again: StoryResult[] = [];
  for (const result of results) {
    const { file, text, checks, outputs, problems } = result;
    const shown = new Set(checks.filter(({ isOutput }) => isOutput).map(({ line }) => line));
    const now = text === null ? null : withOutputs(text, new Map([...outputs].filter(([line]) => shown.has(line))));
    if (problems.length > 0 || now === null || now === text) {
      again.push(result);
      continue;
    }
    const failed = await written(file, now);
    if (failed !== null) return { exit: EXIT.usage, remarks: [{ message: `${file} cannot be written: ${failed}` }] };
    again.push(await playFile(file, rules));
  }
  return answerOf(again, settings);
}

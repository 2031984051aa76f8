import { differenceOf } from "./renderStories.ts";
import { type StoryResult, verdictOf } from "./storyResult.ts";

/** The results as data. */
export function storiesJson(results: readonly StoryResult[]): unknown {
  return {
    success: results.every((result) => verdictOf(result) === "passed"),
    stories: results.map((result) => ({
      file: result.file,
      verdict: verdictOf(result),
      checks: result.checks.length,
      storySeconds: result.storySeconds,
      problems: result.problems,
      failures: result.checks
        .filter(({ passed }) => !passed)
        .map(({ line, command, expected, actual, happened }) => ({ line, command, expected, actual, happened })),
    })),
  };
}

/** The results in JUnit's XML, a test case per story, as CI systems read it. */
export function junitXml(results: readonly StoryResult[]): string {
  const count = (verdict: string) => results.filter((result) => verdictOf(result) === verdict).length;
  const seconds = results.reduce((sum, { tookMs }) => sum + tookMs, 0) / 1_000;
  const totals = `tests="${results.length}" failures="${count("failed")}" errors="${count("invalid")}" time="${seconds.toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${totals}>`,
    `  <testsuite name="linkerd-failover rules test" ${totals}>`,
    ...results.flatMap(caseLines),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function caseLines(result: StoryResult): readonly string[] {
  const { file, tookMs, checks, problems } = result;
  const failed = checks.filter(({ passed }) => !passed);
  const head = `    <testcase classname="rules" name="${escaped(file)}" file="${escaped(file)}" time="${(tookMs / 1_000).toFixed(3)}"`;
  const errors = problems.map(
    ({ line, sentence, hint }) =>
      `      <error message="${escaped(`${file}:${line}: ${sentence}`)}">${escaped(`${file}:${line}: ${sentence}\nhint: ${hint}`)}</error>`,
  );
  const failures = failed.map((check) => {
    const where = `${file}:${check.line}: ${check.command}`;
    return `      <failure message="${escaped(where)}">${escaped([where, ...differenceOf(check)].join("\n"))}</failure>`;
  });
  if (errors.length + failures.length === 0) return [`${head}/>`];
  return [`${head}>`, ...errors, ...failures, "    </testcase>"];
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;" };

/** Text for XML. Characters that XML 1.0 forbids become `\u{FFFD}`. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}")
    .replace(/[&<>"\n]/g, (c) => ENTITIES[c] ?? c);
}

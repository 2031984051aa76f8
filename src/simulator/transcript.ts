import { playStory } from "./playStory.ts";
import { withOutputs } from "./storyText.ts";

/**
 * Plays a story with its own rules, and returns the same text with the outputs of now, so a story with correct outputs is
 * returned unchanged. Throws if it cannot be played or an expectation is not met: these stories are code.
 */
export function runTranscript(text: string): string {
  const { checks, problems, outputs } = playStory(text, null);
  const [problem] = problems;
  if (problem !== undefined) throw new Error(`line ${problem.line}: ${problem.sentence}; ${problem.hint}`);
  const unmet = checks.find(({ passed, isOutput }) => !passed && !isOutput);
  if (unmet !== undefined)
    throw new Error(`line ${unmet.line}: expected ${unmet.expected.join(", ")}, but it is ${unmet.actual.join(", ")}`);
  const expectations = new Set(checks.filter(({ isOutput }) => !isOutput).map(({ line }) => line));
  const asked = new Set(checks.filter(({ isOutput }) => isOutput).map(({ line }) => line));
  const shown = [...outputs].filter(([line]) => asked.has(line) || !expectations.has(line));
  return withOutputs(text, new Map(shown));
}

import { obey as carryOut } from "../../src/simulator/commands.ts";
import type { Story } from "../../src/simulator/story.ts";

/** Carries out a command of a story. Throws if it is wrong, because a test is code. */
export function obey(story: Story, text: string): void {
  const wrong = carryOut(story, text);
  if (wrong !== null) throw new Error(`${wrong.sentence}: ${wrong.hint}`);
}

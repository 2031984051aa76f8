import { type RulesProblem, renderProblems } from "../../rules/rulesProblem.ts";
import { EXIT, printError } from "./exit.ts";

/** Prints why the rules are refused: one line if the file cannot be read, else all its problems, `counted` at the end. */
export function refuseRules(problems: readonly RulesProblem[], counted = false): void {
  process.exitCode = EXIT.usage;
  const [first] = problems;
  if (first !== undefined && first.place === null) return printError(`${first.file}: ${first.sentence}`, first.hint);
  process.stderr.write(`${renderProblems(problems)}\n`);
  if (counted && first !== undefined)
    process.stderr.write(`\n${first.file} has ${problems.length} problem${problems.length === 1 ? "" : "s"}\n`);
}

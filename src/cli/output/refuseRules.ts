import { type RulesProblem, renderProblems } from "../../rules/rulesProblem.ts";
import { complain, EXIT } from "./exit.ts";

/** A file that cannot be read gets one line as every error; one that can be read gets all its problems. */
export function refuseRules(problems: readonly RulesProblem[]): void {
  process.exitCode = EXIT.usage;
  const [first] = problems;
  if (first !== undefined && first.place === null) return complain(`${first.file}: ${first.sentence}`, first.hint);
  process.stderr.write(`${renderProblems(problems)}\n`);
}

import { expect, it } from "vitest";
import { rulesChecks } from "../../../../src/cli/commands/check/rulesChecks.ts";
import { parseRules } from "../../../../src/rules/parseRules.ts";

it("warns of the cost of warm standbys", () => {
  const parsed = parseRules("version: 1\nrules: [{name: a}, {name: warm, fallback: {standbyShare: 2%}}]", "f");
  const { checks } = rulesChecks("f", parsed, [], null);
  expect(checks.map(({ description, result }) => `${result} ${description}`)).toEqual([
    "success f is valid: 2 rules",
    'warning rule "warm" sends no traffic to standbys',
  ]);
  expect(checks[1]?.error).toMatch(/^2% of the traffic/);
});

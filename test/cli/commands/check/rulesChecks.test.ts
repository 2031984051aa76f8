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

it("names signals that ask a Prometheus that is not configured, and who answers them", () => {
  const parsed = parseRules("version: 1\nrules: [{name: a, signals: {latency: {prometheus: fast}}}]", "f");
  const shown = (missing: "fast" | "main" | null) =>
    rulesChecks("f", parsed, [], missing).checks.flatMap(({ result, description, error }) =>
      result === "warning" ? [description, error] : [],
    );
  expect(shown("fast")).toEqual([
    'the fast Prometheus answers latency in rule "a"',
    "there is no --fast-prometheus-url, so the Prometheus of --prometheus-url answers it",
  ]);
  expect([shown("main"), shown(null)]).toEqual([[], []]);
});

import { describe, expect, it } from "vitest";
import { parseRules } from "../../src/rules/parseRules.ts";
import { problemLine, renderProblem, renderProblems } from "../../src/rules/rulesProblem.ts";

function problemsOf(text: string) {
  const result = parseRules(text, "f");
  return result.ok ? [] : result.problems;
}

/** `line:column sentence` of each problem. */
const linesOf = (text: string) => problemsOf(text).map((problem) => problemLine(problem).slice("f:".length));
const rule = (body: string) => `version: 1\nrules:\n- name: a\n  ${body}\n`;

describe("a file that is not YAML", () => {
  it.each([
    ["a tab", "version: 1\nrules:\n\t- name: a\n", "3:1: a tab is used as indentation"],
    ["an open bracket", "version: [1\nrules: 2", "2:1: a closing ] is missing before this"],
    ["an open brace", "version: {a: 1\n", "2:1: a closing } is missing before this"],
    ["an open quote", "version: 1\nrules: 'x", "2:10: this is not YAML: missing closing 'quote"],
    ["a template", "version: 1\nrules: {{ .Values.rules }}", "2:9: a map or list is used as a key"],
    ["two documents", "version: 1\n---\nversion: 1\n", "2:1: a second document begins here"],
    ["an alias", "a: &x 1\nb: *x\n", "2:4: aliases are not supported"],
    ["an alias without an anchor", "a: *x\n", "1:4: aliases are not supported"],
    ["a tag", "version: !!float 1\n", "1:10: tags are not supported"],
    ["a directive", "%FOO\n---\nversion: 1\n", "1:1: directives are not supported"],
    ["a percent sign in front", "a: %5\n", "1:4: a value cannot begin with this character"],
    ["a second colon", "a: b: c\n", "1:4: a map begins in the middle of a line"],
  ])("%s", (_, text, line) => expect(linesOf(text)).toEqual([line]));

  it("an alias bomb", () => {
    const bomb = Array.from(
      { length: 12 },
      (_, level) =>
        `l${level}: &l${level} [${Array(9)
          .fill(level > 0 ? `*l${level - 1}` : "x")
          .join(", ")}]`,
    );
    expect(linesOf(bomb.join("\n"))[0]).toBe("2:10: aliases are not supported");
  });

  it("deep nesting", () => {
    expect(linesOf(`${"[".repeat(30)}${"]".repeat(30)}`)).toEqual(["1:17: this is nested too deeply"]);
    expect(linesOf("[".repeat(20_000)).every((line) => line.endsWith("this is nested too deeply"))).toBe(true);
  });

  it("reports several problems at once", () => expect(linesOf("a: *x\nb: *y\n")).toHaveLength(2));
});

describe("a file that is not a rules file", () => {
  it.each([
    ["nothing", "", ["1:1: the file is empty"]],
    ["a comment", "# soon\n", ["1:1: the file is empty"]],
    ["a list", "- a\n", ["1:3: the file is a list, but must be a map"]],
    ["a text", "hello\n", ['1:1: the file is "hello", but must be a map']],
    ["no version", "rules: [{name: a}]\n", ["1:1: version is missing"]],
    ["another version", "version: 2\nrules: [{name: a}]\n", ["1:10: version is 2, but must be 1"]],
    ["a version in quotes", 'version: "1"\nrules: [{name: a}]\n', ['1:10: version is "1", but must be 1']],
    ["no rules", "version: 1\n", ["1:1: rules is missing"]],
    ["an empty list of rules", "version: 1\nrules: []\n", ["2:8: rules is empty"]],
    ["rules that are not a list", "version: 1\nrules: {name: a}\n", ["2:8: rules is a map, but must be a list of rules"]],
    ["rules in block style that are not a list", "version: 1\nrules:\n  name: a\n", ["2:1: rules is a map, but must be a list of rules"]],
    ["rules without a value", "version: 1\nrules:\n", ["2:1: rules has no value"]],
    ["a rule that is not a map", "version: 1\nrules: [a]\n", ['2:9: the rule is "a", but must be a map']],
    ["a rule that is missing", "version: 1\nrules:\n-\n", ["3:2: the rule is null, but must be a map"]],
    ["a rule without a name", "version: 1\nrules:\n- failAfter: 5s\n", ["3:3: name is missing"]],
    ["a name with a space", "version: 1\nrules: [{name: a b}]\n", ["2:16: name is not a valid name of a rule"]],
    ["a name that is a number", "version: 1\nrules: [{name: 1}]\n", ["2:16: name is 1, but must be a name"]],
    ["a repeated name", "version: 1\nrules: [{name: a}, {name: a}]\n", ["2:27: two rules have this name, the first one in line 2"]],
    ["a repeated key", "version: 1\nversion: 1\nrules: [{name: a}]\n", ["2:1: version is written twice, the first time in line 1"]],
    ["a key of JavaScript", rule("__proto__: {}"), ["4:3: __proto__ is not a key"]],
    ["a label of JavaScript", rule("match: {labels: {__proto__: a}}"), ["4:20: __proto__ is not a key"]],
    ["a key that every object inherits", rule("constructor: {}"), ["4:3: constructor is not a key of a rule"]],
  ])("%s", (_, text, lines) => expect(linesOf(text)).toEqual(lines));

  it("is longer than 1 MiB, in bytes", () => {
    const expected = [" the file is larger than 1 MiB"];
    expect(linesOf("#".repeat(1_048_577))).toEqual(expected);
    expect(linesOf(`#${"ü".repeat(524_288)}`)).toEqual(expected);
    expect(linesOf(`#${"ü".repeat(524_287)}\n`)).toEqual(["1:1: the file is empty"]);
  });

  it("has more than 1000 rules", () => {
    const rules = (count: number) => `version: 1\nrules:\n${Array.from({ length: count }, (_, i) => `- name: r${i}\n`).join("")}`;
    expect(linesOf(rules(1_000))).toEqual([]);
    expect(linesOf(rules(1_001))).toEqual(["2:1: rules has 1001 entries, but may have at most 1000"]);
  });
});

describe("an invalid value", () => {
  it.each([
    ["failAfter: 10", "4:14: failAfter is 10, but must be a duration", "write the unit, as 10s"],
    ["failAfter: 0", "4:14: failAfter is 0, but must be a duration", "write the unit, as 0s"],
    ["failAfter: null", "4:14: failAfter is null, but must be a duration", "write `failAfter: 10s`"],
    ["failAfter:", "4:3: failAfter has no value", "give it a value, or leave it out"],
    [
      "failAfter: -5s",
      '4:14: failAfter is "-5s", which is not a duration',
      "a duration is never negative; write it as 500ms, 10s, 1m30s or 1h",
    ],
    ["failAfter: 721h", "4:14: failAfter is 721h, but must be at most 720h", "write 720h or less"],
    ["failAfter: [5s]", "4:14: failAfter is a list, but must be a duration", "write `failAfter: 10s`"],
    [
      "signals: {readiness: {minReady: 0}}",
      "4:35: signals.readiness.minReady is 0, but must be at least 1",
      "write `minReady: 1`, or leave it out",
    ],
    ["signals: {readiness: {minReady: 1.5}}", "4:35: signals.readiness.minReady is 1.5, but must be a whole number", "write `minReady: 1`"],
    [
      "signals: {readiness: {minReady: one}}",
      '4:35: signals.readiness.minReady is "one", but must be a whole number',
      "write `minReady: 1`",
    ],
    ["signals: {readiness: true}", "4:24: signals.readiness is true, but must be a map, or null", "write `readiness: {}`"],
    [
      "signals: {readiness:}",
      "4:13: signals.readiness has no value",
      "`readiness: {}` turns it on with its defaults, `readiness: null` turns it off",
    ],
    [
      "signals: {successRate: {minRequests: 0}}",
      "4:40: signals.successRate.minRequests is 0, but must be at least 1",
      "write `minRequests: 20`, or leave it out",
    ],
    ["signals: {successRate: {window: 4s}}", "4:35: signals.successRate.window is 4s, but must be at least 5s", "write 5s or more"],
    [
      "signals: {successRate: {failBelow: 101%}}",
      "4:38: signals.successRate.failBelow is 101%, but a share is at most 100%",
      "write it as 95% or 0.95",
    ],
    [
      "signals: {successRate: {failBelow: 90}}",
      "4:38: signals.successRate.failBelow is 90, but a share is at most 100%",
      "write 90% if that is what you mean",
    ],
    [
      "signals: {successRate: {failBelow: true}}",
      "4:38: signals.successRate.failBelow is true, but must be a share",
      "write `failBelow: 90%`",
    ],
    [
      "return: {steps: [25%, 5%]}",
      "4:25: return.steps[1] is not more than the step before it",
      "write ascending shares, as [5%, 25%, 50%]; 100% follows automatically",
    ],
    [
      "return: {steps: [0%]}",
      "4:20: return.steps[0] is not between 0% and 100%",
      "write ascending shares, as [5%, 25%, 50%]; 100% follows automatically",
    ],
    [
      "return: {steps: [5%, 100%]}",
      "4:24: return.steps[1] is not between 0% and 100%",
      "write ascending shares, as [5%, 25%, 50%]; 100% follows automatically",
    ],
    ["return: {steps: 5%}", '4:19: return.steps is "5%", but must be a list of shares', "write it as a list: [5%]"],
    ["damping: {factor: 0.5}", "4:21: damping.factor is 0.5, but must be at least 1", "write `factor: 2`, or leave it out"],
    ["damping: {factor: .inf}", "4:21: damping.factor is Infinity, but must be a number", "write `factor: 2`"],
    ["fallback: {order: liste}", '4:21: fallback.order is "liste", but must be together or listed', "did you mean listed?"],
    ["whenNoneFit: Hold", '4:16: whenNoneFit is "Hold", but must be readiness or hold', "did you mean hold?"],
    ["whenNoneReady: stanby", '4:18: whenNoneReady is "stanby", but must be hold or standby', "did you mean standby?"],
    ["match: {namespaces: shop}", '4:23: match.namespaces is "shop", but must be a list of names', "write it as a list: [shop]"],
    ["match: {namespaces: []}", "4:23: match.namespaces is empty", "write `namespaces: [shop]`, or leave it out"],
    [
      "match: {namespaces: [shop-*]}",
      "4:24: match.namespaces[0] is not a valid namespace name",
      "write whole names; patterns such as shop-* are not supported",
    ],
    ["match: {namespaces: [1]}", "4:24: match.namespaces[0] is 1, but must be text", 'put it in quotes: "1"'],
    ["match: {labels: {tier: true}}", "4:26: match.labels.tier is true, but must be text", 'put it in quotes: "true"'],
    ["match: {labels: {-x: a}}", "4:20: match.labels.-x is not a valid label key", "write it as `tier` or `example.com/tier`"],
  ])("%s", (body, line, hint) => {
    const [problem, ...others] = problemsOf(rule(body));
    expect(others).toEqual([]);
    expect(problem && [problemLine(problem).slice("f:".length), problem.hint]).toEqual([line, hint]);
  });
});

describe("an unknown key", () => {
  it.each([
    ["failafter: 5s", "failafter is not a key of a rule", "did you mean failAfter?"],
    ["signals: {sucessRate: {}}", "sucessRate is not a key of signals", "did you mean successRate?"],
    ["failBelow: 90%", "failBelow is not a key of a rule", "in a rule, the key is signals.successRate.failBelow"],
    [
      '"a b\\u0007": 1',
      '"a b\\u0007" is not a key of a rule',
      "the valid keys are name, match, signals, failAfter, recoverAfter, return, damping, fallback, spill, whenNoneFit, whenNoneReady",
    ],
  ])("%s", (body, sentence, hint) => expect(problemsOf(rule(body))).toMatchObject([{ sentence, hint }]));

  it("is reported in any place, null or not", () => {
    expect(linesOf("version: 1\nbrakes: {}\ndefaults: {name: x, brakes: null}\nrules: [{name: a}]\n")).toEqual([
      "3:12: name is not a key of defaults",
      "3:21: brakes is not a key of defaults",
    ]);
  });
});

describe("a contradiction", () => {
  it("points at the value in the rule", () => {
    expect(linesOf(rule("signals: {successRate: {failBelow: 95%, recoverAbove: 90%}}"))).toEqual([
      "4:57: signals.successRate.recoverAbove (90%) is below signals.successRate.failBelow (95%), so a value between them would be fit and unfit at once",
    ]);
    expect(linesOf(rule("signals: {successRate: {failBelow: 95%, recoverAbove: 95%}}"))).toEqual([]);
  });

  it("points at the value in the rule if the other one comes from the defaults", () => {
    const text =
      "version: 1\ndefaults: {signals: {successRate: {failBelow: 85%, recoverAbove: 90%}}}\nrules:\n- name: a\n- name: b\n  signals: {successRate: {failBelow: 95%}}\n";
    expect(linesOf(text)).toEqual([
      "6:38: signals.successRate.recoverAbove (90%, from defaults) is below signals.successRate.failBelow (95%), so a value between them would be fit and unfit at once",
    ]);
  });

  it("points at the only value in the file if the other one is built in", () => {
    expect(linesOf(rule("signals: {successRate: {failBelow: 99%}}"))).toEqual([
      "4:38: signals.successRate.recoverAbove (98%, built in) is below signals.successRate.failBelow (99%), so a value between them would be fit and unfit at once",
    ]);
  });

  it("points at the defaults once for all rules that inherit it", () => {
    expect(linesOf("version: 1\ndefaults: {recoverAfter: 1h}\nrules: [{name: a}, {name: b}]\n")).toEqual([
      "2:26: damping.max (30m, built in) is shorter than recoverAfter (1h, from defaults), the wait that it limits",
    ]);
  });

  it("is reported for valid rules beside an invalid one", () => {
    expect(linesOf("version: 1\nrules:\n- name: a\n  failAfter: x\n- name: b\n  damping: {max: 10s}\n")).toEqual([
      '4:14: failAfter is "x", which is not a duration',
      "6:18: damping.max (10s) is shorter than recoverAfter (1m, built in), the wait that it limits",
    ]);
  });

  it.each([["signals: {}"], ["signals: {successRate: null}"], ["signals: {readiness: ~, successRate: null}"]])(
    "%s leaves no signal on",
    (body) => expect(linesOf(rule(body))).toEqual(["4:12: no signal is on, so no backend would ever be judged"]),
  );
});

describe("the rendering", () => {
  it("shows the line with a caret under the token, and the hint", () => {
    const [problem] = problemsOf(rule("failAfter: ten"));
    expect(problem && renderProblem(problem)).toBe(
      [
        'f:4:14: failAfter is "ten", which is not a duration',
        "  4 |   failAfter: ten",
        "    |              ^^^",
        "    hint: write it as 500ms, 10s, 1m30s or 1h",
      ].join("\n"),
    );
  });

  it("keeps tabs, so that the caret stays under the token", () => {
    const [problem] = problemsOf("version:\t\t2\nrules: [{name: a}]\n");
    expect(problem && renderProblem(problem)).toContain("  1 | version:\t\t2\n    |         \t\t^\n");
  });

  it("shows the relevant part of a very long line", () => {
    const [problem] = problemsOf(`{version: 1, rules: [{name: a, match: {namespaces: [${"shop, ".repeat(1_000)}Shop]}}]}`);
    const [, excerpt = "", carets = ""] = (problem ? renderProblem(problem) : "").split("\n");
    expect(excerpt.length).toBeLessThan(130);
    expect(excerpt.slice(carets.indexOf("^"), carets.lastIndexOf("^") + 1)).toBe("Shop");
  });

  it("shows no control characters of the file", () => {
    const text = renderProblems(problemsOf(rule("failAfter: a\u001b[31m\u202e")));
    expect(text).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
  });

  it("is in the order of the file, and stops at 20", () => {
    const problems = problemsOf(`version: 1\nrules: [{name: a}]\n${Array.from({ length: 25 }, (_, i) => `x${i}: 1\n`).join("")}`);
    expect(problems.map(({ place }) => place?.line)).toEqual(Array.from({ length: 25 }, (_, i) => i + 3));
    const text = renderProblems(problems);
    expect(text.split("\n\n")).toHaveLength(21);
    expect(text.endsWith("\n\nand 5 more")).toBe(true);
  });
});

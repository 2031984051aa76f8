import { describe, expect, it } from "vitest";
import { parseRules } from "../../src/rules/parseRules.ts";
import { problemLine, renderProblems } from "../../src/rules/rulesProblem.ts";

function problemsOf(text: string) {
  const result = parseRules(text, "f");
  return result.ok ? [] : result.problems;
}

/** `line:column sentence` of each problem. */
const linesOf = (text: string) => problemsOf(text).map((problem) => problemLine(problem).slice("f:".length));
const rule = (body: string) => `version: 1\nrules:\n- name: a\n  ${body}\n`;
const query = (parts: string) => `signals: {queries: [{${parts}}]}`;

const STANDBY = "for a larger share, give the backend a weight in the route";
const KINDS = "TrafficSplit, HTTPRoute, HTTPRoute.policy.linkerd.io or GRPCRoute";

describe("an invalid value", () => {
  it.each([
    [
      "signals: {readiness: {minReady: 1, minReadyShare: 50%}}",
      "4:53: signals.readiness.minReadyShare is set together with minReady, but only one of them is allowed",
      "keep minReady for a number of ready endpoints, or minReadyShare for a share of all endpoints",
    ],
    [
      "signals: {readiness: {minReadyShare: 0%}}",
      "4:40: signals.readiness.minReadyShare is 0%, but must be more than 0%",
      "write 1% or more, or use minReady",
    ],
    [
      "signals: {readiness: {minReadyShare: 2}}",
      "4:40: signals.readiness.minReadyShare is 2, but a share is at most 100%",
      "write 2% if that is what you mean",
    ],
    [
      "signals: {readiness: {minReadyShare: null}}",
      "4:40: signals.readiness.minReadyShare is null, but must be a share",
      "write `minReadyShare: 50%`",
    ],
    [
      "signals: {readiness: {minReady: null}}",
      "4:35: signals.readiness.minReady is null, but must be a whole number",
      "write `minReady: 1`",
    ],
    [
      "signals: {latency: {under: 450ms}}",
      "4:30: signals.latency.under is 450ms, which is not a bucket boundary of Linkerd's latency histograms",
      "write 400ms or 500ms",
    ],
    [
      "signals: {latency: {under: 1s500ms}}",
      "4:30: signals.latency.under is 1s500ms, which is not a bucket boundary of Linkerd's latency histograms",
      "write 1s or 2s",
    ],
    [
      "signals: {latency: {under: 0s}}",
      "4:30: signals.latency.under is 0s, which is not a bucket boundary of Linkerd's latency histograms",
      "write 1ms",
    ],
    [
      "signals: {latency: {under: 1m}}",
      "4:30: signals.latency.under is 1m, which is not a bucket boundary of Linkerd's latency histograms",
      "write 50s",
    ],
    ["signals: {latency: {under: 500}}", "4:30: signals.latency.under is 500, but must be a duration", "write the unit, as 500ms"],
    ["signals: {latency: {under: 0.5s}}", '4:30: signals.latency.under is "0.5s", which is not a duration', "write it as 500ms"],
    ["signals: {latency: {window: 4s}}", "4:31: signals.latency.window is 4s, but must be at least 5s", "write 5s or more"],
    [
      "signals: {latency: {minRequests: 0}}",
      "4:36: signals.latency.minRequests is 0, but must be at least 1",
      "write `minRequests: 50`, or leave it out",
    ],
    ["signals: {latency: 500ms}", '4:22: signals.latency is "500ms", but must be a map, or null', "write `latency: {}`"],
    [
      "signals: {unanswered: {failAbove: 101%}}",
      "4:37: signals.unanswered.failAbove is 101%, but a share is at most 100%",
      "write it as 95% or 0.95",
    ],
    ["signals: {unanswered: {window: 25h}}", "4:34: signals.unanswered.window is 25h, but must be at most 24h", "write 24h or less"],
    [
      "signals: {unanswered: {minRequests: 1.5}}",
      "4:39: signals.unanswered.minRequests is 1.5, but must be a whole number",
      "write `minRequests: 20`",
    ],
    ["signals: {gateway: true}", "4:22: signals.gateway is true, but must be a map, or null", "write `gateway: {}`"],
    [
      "signals: {gateway:}",
      "4:13: signals.gateway has no value",
      "`gateway: {}` turns it on with its defaults, `gateway: null` turns it off",
    ],
    ["fallback: {standbyShare: 50%}", "4:28: fallback.standbyShare is 50%, but must be less than 50%", STANDBY],
    ["fallback: {standbyShare: 0.75}", "4:28: fallback.standbyShare is 0.75, but must be less than 50%", STANDBY],
    ["fallback: {standbyShare: -1%}", "4:28: fallback.standbyShare is -1%, but a share is never negative", "write it as 95% or 0.95"],
    [
      "spill: {overprovisioning: 0.9}",
      "4:29: spill.overprovisioning is 0.9, but must be at least 1",
      "write `overprovisioning: 1.4`, or leave it out",
    ],
    ["spill: {overprovisioning: 101}", "4:29: spill.overprovisioning is 101, but must be at most 100", "use fewer, or a smaller number"],
    ["spill: {overprovisioning: 140%}", '4:29: spill.overprovisioning is "140%", but must be a number', "write `overprovisioning: 1.4`"],
    ["spill: 1.4", "4:10: spill is 1.4, but must be a map, or null", "write `spill: {}`"],
    ["spill:", "4:3: spill has no value", "`spill: {}` turns it on with its defaults, `spill: null` turns it off"],
    ["match: {kinds: [Ingress]}", `4:19: match.kinds[0] is "Ingress", but must be ${KINDS}`, `write it as ${KINDS}`],
    ["match: {kinds: [HTTPRout]}", `4:19: match.kinds[0] is "HTTPRout", but must be ${KINDS}`, "did you mean HTTPRoute?"],
  ])("%s", (body, line, hint) => {
    const [problem, ...others] = problemsOf(rule(body));
    expect(others).toEqual([]);
    expect(problem && [problemLine(problem).slice("f:".length), problem.hint]).toEqual([line, hint]);
  });
});

describe("an invalid query", () => {
  const example = "{name: queue, query: 'max(queue_depth)', failAbove: 1000, recoverBelow: 100}";
  it.each([
    ["signals: {queries: {}}", "4:22: signals.queries is a map, but must be a list of queries, or null", `write \`queries: [${example}]\``],
    ["signals: {queries:}", "4:13: signals.queries has no value", "give it a value, or leave it out"],
    ["signals: {queries: [up]}", '4:23: signals.queries[0] is "up", but must be a query', `write it as ${example}`],
    [query("name: a, query: up, recoverBelow: 1"), "4:23: signals.queries[0].failAbove is missing", "write `failAbove: 1000`"],
    [query("name: a, query: up, failAbove: 1"), "4:23: signals.queries[0].recoverBelow is missing", "write `recoverBelow: 100`"],
    [query("query: up, failAbove: 1, recoverBelow: 1"), "4:23: signals.queries[0].name is missing", "write `name: queue`"],
    [query("name: a, failAbove: 1, recoverBelow: 1"), "4:23: signals.queries[0].query is missing", "write `query: 'max(queue_depth)'`"],
    [
      query("name: a b, query: up, failAbove: 1, recoverBelow: 1"),
      "4:30: signals.queries[0].name is not a valid name of a query",
      "use letters, digits, '-', '_' and '.', and begin and end with a letter or digit",
    ],
    [
      query("name: a, query: 5, failAbove: 1, recoverBelow: 1"),
      "4:40: signals.queries[0].query is 5, but must be a PromQL query",
      "write `query: 'max(queue_depth)'`",
    ],
    [
      query("name: a, query: sum(a, failAbove: 1, recoverBelow: 1"),
      "4:40: signals.queries[0].query is incomplete PromQL",
      "close every quote, bracket and brace, and give every operator its right-hand side",
    ],
    [
      query("name: a, query: 'a{x=\"{{servce}}\"}', failAbove: 1, recoverBelow: 1"),
      '4:40: signals.queries[0].query has the placeholder "{{servce}}", which does not exist',
      "write {{service}}",
    ],
    [
      query("name: a, query: up, failAbove: .inf, recoverBelow: 1"),
      "4:55: signals.queries[0].failAbove is Infinity, but must be a number",
      "write `failAbove: 1000`",
    ],
    [
      query("name: a, query: up, failAbove: 90%, recoverBelow: 1"),
      '4:55: signals.queries[0].failAbove is "90%", but must be a number',
      "write `failAbove: 1000`",
    ],
    [
      query("name: a, query: up, failAbove: 1, recoverBelow: 1, failBelow: 2"),
      "4:75: failBelow is not a key of signals.queries[0]",
      "in a rule, the key is signals.successRate.failBelow",
    ],
    [
      query("name: a, query: up, failAbove: 1, recoverBelow: 1}, {name: a, query: up, failAbove: 1, recoverBelow: 1"),
      "4:83: signals.queries[1].name is already the name of queries[0]",
      "give each query of a rule a unique name",
    ],
  ])("%s", (body, line, hint) => {
    const [problem, ...others] = problemsOf(rule(body));
    expect(others).toEqual([]);
    expect(problem && [problemLine(problem).slice("f:".length), problem.hint]).toEqual([line, hint]);
  });

  it("is one of more than twenty", () => {
    const some = (count: number) =>
      Array.from({ length: count }, (_, i) => `{name: q${i}, query: up, failAbove: 1, recoverBelow: 1}`).join(", ");
    expect(linesOf(rule(`signals: {queries: [${some(20)}]}`))).toEqual([]);
    expect(linesOf(rule(`signals: {queries: [${some(21)}]}`))).toEqual(["4:22: signals.queries has 21 entries, but may have at most 20"]);
  });

  it("is shown with a caret under its first line", () => {
    expect(renderProblems(problemsOf(rule(query("name: a, query: up), failAbove: 1, recoverBelow: 1"))))).toBe(
      [
        'f:4:40: signals.queries[0].query is not valid PromQL from ")" on',
        "  4 |   signals: {queries: [{name: a, query: up), failAbove: 1, recoverBelow: 1}]}",
        "    |                                        ^^^",
        "    hint: try the query in Prometheus first; label values must be in quotes",
      ].join("\n"),
    );
  });
});

describe("an unknown key", () => {
  it.each([
    ["signals: {latncy: {}}", "latncy is not a key of signals", "did you mean latency?"],
    ["signals: {query: []}", "query is not a key of signals", "in a rule, the key is signals.queries[].query"],
    [
      "signals: {latency: {failAbove: 1%}}",
      "failAbove is not a key of signals.latency",
      "in a rule, the key is signals.unanswered.failAbove",
    ],
    ["signals: {unanswered: {under: 1s}}", "under is not a key of signals.unanswered", "in a rule, the key is signals.latency.under"],
    ["signals: {gateway: {minReady: 1}}", "minReady is not a key of signals.gateway", "in a rule, the key is signals.readiness.minReady"],
    ["signals: {gateway: {port: 1}}", "port is not a key of signals.gateway", "the valid keys are failAfter"],
    ["signals: {spill: {}}", "spill is not a key of signals", "in a rule, the key is spill"],
    ["standbyShare: 5%", "standbyShare is not a key of a rule", "in a rule, the key is fallback.standbyShare"],
    ["spill: {overprovisionning: 2}", "overprovisionning is not a key of spill", "did you mean overprovisioning?"],
  ])("%s", (body, sentence, hint) => expect(problemsOf(rule(body))).toMatchObject([{ sentence, hint }]));
});

describe("a contradiction", () => {
  it.each([
    [
      "signals: {latency: {failBelow: 96%}}",
      "4:34: signals.latency.recoverAbove (95%, built in) is below signals.latency.failBelow (96%)",
      "write recoverAbove: 96% or more, or failBelow: 95% or less",
    ],
    [
      "signals: {latency: {failBelow: 50%, recoverAbove: 40%}}",
      "4:53: signals.latency.recoverAbove (40%) is below signals.latency.failBelow (50%)",
      "write recoverAbove: 50% or more, or failBelow: 40% or less",
    ],
    [
      "signals: {unanswered: {recoverBelow: 95%}}",
      "4:40: signals.unanswered.recoverBelow (95%) is above signals.unanswered.failAbove (90%, built in)",
      "write recoverBelow: 90% or less, or failAbove: 95% or more",
    ],
    [
      "signals: {unanswered: {failAbove: 49%}}",
      "4:37: signals.unanswered.recoverBelow (50%, built in) is above signals.unanswered.failAbove (49%)",
      "write recoverBelow: 49% or less, or failAbove: 50% or more",
    ],
    [
      query("name: a, query: up, failAbove: 1, recoverBelow: 1.5"),
      "4:72: signals.queries[0].recoverBelow (1.5) is above signals.queries[0].failAbove (1)",
      "write recoverBelow: 1 or less, or failAbove: 1.5 or more",
    ],
  ])("%s", (body, sentence, hint) => {
    const problems = problemsOf(rule(body));
    expect(problems.map(problemLine)).toEqual([`f:${sentence}, so a value between them would be fit and unfit at once`]);
    expect(problems[0]?.hint).toBe(hint);
  });

  it("between a rule and its defaults points at the rule", () => {
    const text =
      "version: 1\ndefaults: {signals: {unanswered: {recoverBelow: 30%}}}\nrules:\n- name: a\n- name: b\n  signals: {unanswered: {failAbove: 20%}}\n";
    expect(linesOf(text)).toEqual([
      "6:37: signals.unanswered.recoverBelow (30%, from defaults) is above signals.unanswered.failAbove (20%), so a value between them would be fit and unfit at once",
    ]);
  });

  it("in the queries of the defaults is reported once", () => {
    const defaults = `defaults:\n  ${query("name: a, query: up, failAbove: 1, recoverBelow: 2")}`;
    expect(linesOf(`version: 1\n${defaults}\nrules: [{name: a}, {name: b}]\n`)).toEqual([
      "3:72: signals.queries[0].recoverBelow (2, from defaults) is above signals.queries[0].failAbove (1, from defaults), so a value between them would be fit and unfit at once",
    ]);
  });

  it.each([["signals: {queries: []}"], ["signals: {latency: null, unanswered: null, gateway: null, queries: null}"]])(
    "%s leaves no signal on",
    (body) => expect(linesOf(rule(body))).toEqual(["4:12: no signal is on, so no backend would ever be judged"]),
  );
});

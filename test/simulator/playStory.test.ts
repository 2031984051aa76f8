import { describe, expect, it } from "vitest";
import { parseRules } from "../../src/rules/parseRules.ts";
import { playStory } from "../../src/simulator/playStory.ts";
import { withOutputs } from "../../src/simulator/storyText.ts";

const OUTAGE = "> split web: web 100, east 0\n> traffic 40/s\n> run 1m\n> web: 40% good";

/** The checks of a story, as `passed` or what is so instead. */
function told(story: string): readonly string[] {
  const { checks, problems } = playStory(story, null);
  expect(problems).toEqual([]);
  return checks.map(({ passed, actual }) => (passed ? "passed" : actual.join(", ")));
}

describe("an expectation", () => {
  it.each([
    ["expect within 30s: web 0, east 100", "passed"],
    ["expect within 5s: web 0", "web 100"],
    ["expect for 15s: nothing moves", "passed"],
    ["expect for 30s: nothing moves", "web 0, east 100"],
    ["expect for 15s: web 100", "passed"],
    ["expect for 30s: web 100", "web 0"],
    ["expect: web 100, east 0", "passed"],
    ["expect within 30s: web at most 5, east at least 95", "passed"],
    ["expect within 30s: web at least 1", "web 0"],
    ["expect within 15s: web suspect", "passed"],
    ["expect within 30s: web suspect", "web out"],
    ["expect within 30s: shifted", "passed"],
    ["expect within 30s: at its baseline", "shifted"],
    ["expect within 30s: not held", "passed"],
    ["expect within 30s: held by frozen", "not held"],
    ["expect: rule default", "passed"],
    ["expect: rule other", "rule default"],
    ["expect: no rule", "rule default"],
    ["expect web within 30s: web out", "passed"],
  ])("%s: %s", (text, outcome) => {
    expect(told(`${OUTAGE}\n> ${text}`)).toEqual([outcome]);
  });

  it("lets its time pass in full, so that the rest of the story does not depend on it", () => {
    const { seconds } = playStory(`${OUTAGE}\n> expect within 30s: web 0\n> expect for 10s: nothing moves`, null);
    expect(seconds).toBe(100);
  });

  it("tells what happened until it failed, and nothing of what came after", () => {
    const { checks } = playStory(`${OUTAGE}\n> expect for 10m: nothing moves`, null);
    expect(checks[0]?.happened.at(-1)).toBe("1:20 failover (successRate): web 100 → 0, east 0 → 100");
  });

  it("of a story with several routes names one, or concerns all if nothing may move", () => {
    const two = `${OUTAGE}\n> split api: api 100, api-east 0`;
    expect(told(`${two}\n> expect api for 30s: api 100`)).toEqual(["passed"]);
    expect(told(`${two}\n> expect for 30s: nothing moves`)).toEqual(["web: web 0, east 100"]);
    expect(playStory(`${two}\n> expect for 30s: api 100`, null).problems).toMatchObject([
      { line: 6, sentence: "it does not say of which route" },
    ]);
  });
});

describe("an output", () => {
  it("is compared where the file has one, and only there", () => {
    expect(told(`${OUTAGE}\n> run 5s\n| nothing to do\n| web: web 100, east 0\n> run 5s\n> run 1s\n| other`)).toEqual([
      "passed",
      "nothing to do, web: web 100, east 0",
    ]);
  });

  it("is asked for by a bar alone, and is put in its place, whatever ends the lines", () => {
    const asked = "> split web: web 100, east 0\r\n> run 5s\r\n|\r\nProse.\r\n> run 5s\r\n";
    const { checks, outputs } = playStory(asked, null);
    expect(checks.map(({ line, passed }) => [line, passed])).toEqual([[2, false]]);
    const filled = withOutputs(asked, new Map([...outputs].filter(([line]) => line === 2)));
    expect(filled).toBe("> split web: web 100, east 0\r\n> run 5s\r\n| nothing to do\r\n| web: web 100, east 0\r\nProse.\r\n> run 5s\r\n");
    expect(told(filled)).toEqual(["passed"]);
  });
});

describe("a mistake", () => {
  it.each([
    [">run 1m", 1, "this is not a command", "a command begins with `> ` in the first column"],
    ["  > run 1m", 1, "this is not a command", "a command begins with `> ` in the first column"],
    [">   failAfter: 1s", 1, "this line belongs to no `rules`", "a command has one space after `>`"],
    ["| out", 1, "this output belongs to no command", "outputs follow their command without an empty line"],
    ["> restart\n\n| out", 3, "this output belongs to no command", "outputs follow their command without an empty line"],
    ["|out", 1, "this is not an output", "an output begins with `| ` in the first column"],
    ["> trafic 40/s", 1, '"trafic 40/s" is not a command of a story', "did you mean `traffic`?"],
    ["> traffic many", 1, '"traffic many" is not a command of a story', "docs/rules-test.md lists the commands"],
    ["> split web: web", 1, '"web" is not a backend with its weight', "write them as `web 100, east 0`"],
    ['> split web: web "5', 1, '"web "5" is not a backend with its weight', "write them as `web 100, east 0`"],
    ['> split web: web "many"', 1, '"web "many"" is not a backend with its weight', "write them as `web 100, east 0`"],
    ["> split web: web 9999999999999999", 1, '"web 9999999999999999" is not a backend with its weight', "write them as `web 100, east 0`"],
    ["> split web: web 1\n> httproute web: web 1", 2, "there is a route web already", "use `edit` to change its weights, or another name"],
    ["> edit web: web 1", 1, "there is no route web", "`split web: web 100, east 0` adds one"],
    ["> split web: web 1, east 0\n> remove wed", 2, "there is no route wed", "did you mean web?"],
    ["> web: 140% good", 1, "140% good is more than all", "a share is 0% to 100%"],
    ["> client bad sends 1/s, 400% fail", 1, "400% is more than all", "a share is 0% to 100%"],
    ["> traffic 1/s from 5000 clients", 1, "5000 clients are not possible", "1 to 1000 are"],
    ["> client bad stops", 1, "no client bad sends anything", "`client NAME sends 10/s, 100% fail` comes first"],
    ["> interval 0s", 1, "an interval of 0s has no end", "the shortest one is 1s"],
    ["> run 10", 1, 'the time is "10", which is not a duration', "write it as 10s"],
    ["> run 500ms", 1, "500ms has a part of a second", "a story passes in whole seconds"],
    ["> run 200h", 1, "the story lasts longer than a week", "write several stories"],
    ["> label web: tier", 1, "there is no route web", "`split web: web 100, east 0` adds one"],
    ["> split web: web 1\n> label web: tier", 2, '"tier" are not labels', "write `label web: tier=front, team=a`"],
    ["> query lag: web", 1, '"web" are not values of backends', "write `query queue: web 1500, east 3`"],
    ["> clock goes ahead soon", 1, '"soon" is "soon", which is not a duration', "write it as 500ms, 10s, 1m30s or 1h"],
    [
      "> expect",
      1,
      '"expect" is not an expectation',
      "write `expect within 30s: web 0, east 100`, `expect for 10m: nothing moves` or `expect: web out`",
    ],
    ["> expect: web 0", 1, "there is no route yet", "`split web: web 100, east 0` adds one"],
    ["> split web: web 1, east 0\n> expect: eest 0", 2, "eest is no backend of web", "did you mean east?"],
    ["> split web: web 1, east 0\n> expect: nothing moves", 2, "`nothing moves` needs a time", "write `expect for 10m: nothing moves`"],
    ["> split web: web 1, east 0\n> expect: held by oneclient", 2, "there is no brake oneclient", "did you mean oneClient?"],
    ["> rules\n>   failAfter: soon", 1, expect.stringContaining('failAfter is "soon"'), expect.any(String)],
  ])("%j", (story, line, sentence, hint) => {
    expect(playStory(story, null).problems).toEqual([{ line, sentence, hint }]);
  });

  it("is a Service that is a backend of no route, which would otherwise go unnoticed", () => {
    expect(playStory("> split web: web 100, east 0\n> wep: 40% good\n> run 1m", null).problems).toEqual([
      { line: 2, sentence: "wep is a backend of no route", hint: "the backends are web, east" },
    ]);
  });

  it("is a story's own rules beside a rules file", () => {
    const parsed = parseRules("version: 1\nrules: [{name: a}]", "rules.yaml");
    if (!parsed.ok) throw new Error("not valid");
    expect(playStory("> rules\n>   failAfter: 1s", parsed.rules).problems).toMatchObject([
      { line: 1, hint: "take the rules out of the story, or leave out --rules" },
    ]);
  });

  it("ends the story, and what was checked before it stays", () => {
    const { checks, problems } = playStory(`${OUTAGE}\n> expect within 30s: web 0\n> oops\n> expect: web 5`, null);
    expect([checks.length, problems.length]).toEqual([1, 1]);
  });

  it("is a file that is too large", () => {
    expect(playStory("a".repeat(1_100_000), null).problems).toMatchObject([{ line: 1, sentence: "the file is larger than 1 MiB" }]);
  });
});

describe("the other kinds of route", () => {
  const story = (kind: string) => `> ${kind} web: web 100, east 0
> traffic 40/s from 4 clients
> run 1m
> web: 40% good
> expect within 30s: web 0, east 100
> web: well
> expect within 5m: web 100, east 0
> run 2m
> web: dead
> expect within 3m: web 0, east 100
> web: well
> expect within 6m: web 100, east 0
> explain
|`;
  const played = (kind: string) => playStory(story(kind), null).checks;

  it.each(["httproute", "linkerd httproute", "grpcroute"])("%s: moves as a TrafficSplit does", (kind) => {
    const own = played(kind);
    expect(own.slice(0, -1)).toEqual(played("split").slice(0, -1));
    expect(own.at(-1)?.actual[0]).toMatch(
      { httproute: /^HTTPRoute\//, "linkerd httproute": /^HTTPRoute.policy/, grpcroute: /^GRPCRoute/ }[kind] ?? /$^/,
    );
  });

  it("are judged by their own requests, whatever other callers see", () => {
    const text = "> httproute web: web 100, east 0\n> traffic 40/s\n> web: 4000/s of its own\n> run 1m\n> explain\n|";
    expect(playStory(text, null).checks[0]?.actual.join("\n")).toContain("100.0 % of 1200 requests");
  });

  it("are found by namespace and labels", () => {
    const yaml =
      "version: 1\nrules:\n  - {name: bank, match: {namespaces: [bank], kinds: [HTTPRoute]}}\n  - {name: front, match: {labels: {tier: front}}}\n";
    const parsed = parseRules(yaml, "rules.yaml");
    if (!parsed.ok) throw new Error("not valid");
    const text = `> namespace bank
> httproute pay: pay 100, pay-east 0
> namespace shop
> httproute web: web 100, pay.bank 0
> label web: tier=front
> split old: old 100, web 0
> run 5s
> expect pay: rule bank
> expect web: rule front
> expect old: no rule
> namespace bank
> pay: no endpoints
> expect pay within 5s: pay 0`;
    const { checks, problems } = playStory(text, parsed.rules);
    expect([problems, checks.map(({ passed }) => passed)]).toEqual([[], [true, true, true, true]]);
  });
});

import { describe, expect, it } from "vitest";
import { outlookOf } from "../../../src/evaluator/explain/outlook.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { parseRules } from "../../../src/rules/parseRules.ts";
import type { RuleSet } from "../../../src/rules/ruleSet.ts";
import { Story } from "../../../src/simulator/story.ts";
import { go, tell } from "../randomStory.ts";

/** The outlook of each backend, `ticks` ticks of 5 s after these commands. */
function outlooks(lines: readonly string[], ticks: number, rules: RuleSet = DEFAULT_RULES): Readonly<Record<string, readonly string[]>> {
  const story = new Story(rules);
  tell(story, "split web: web 100, east 0", "web: 2 ready", "east: 2 ready", "traffic 40/s");
  go(story, 12);
  tell(story, ...lines);
  go(story, ticks);
  const [route] = story.state.routes.values();
  if (route === undefined) throw new Error("there is no route");
  return Object.fromEntries([...route.backends.keys()].map((backend) => [backend, outlookOf(route, backend)]));
}

function rulesOf(yaml: string): RuleSet {
  const parsed = parseRules(`version: 1\nrules: [{name: own, ${yaml}}]`, "rules");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.rules;
}

const LEAVING = [
  "is removed at once with no endpoint ready",
  "is removed when less than 90% of its requests succeed, beyond doubt for 10s",
];

it("says at rest what would remove a backend, and which one is a standby", () => {
  expect(outlooks([], 1)).toEqual({ web: LEAVING, east: ["gets traffic when the backends of the tiers before it are out", ...LEAVING] });
});

it("says of a suspect when it is removed, and when it stays", () => {
  expect(outlooks(["web: 40% good"], 3)["web"]).toEqual([
    expect.stringMatching(/^is removed if this lasts another (5|10)s$/),
    "returns to serving when successRate is fit, or not unfit for 10s",
  ]);
});

describe("of a backend that is out", () => {
  it("says the whole time that it must be good, while it is not good", () => {
    const { web, east } = outlooks(["web: 0 of 2 ready"], 3);
    expect(web).toEqual(["begins to return when it has been good for 1m: with 5%, 25%, 50%, 30s each, then all of its traffic"]);
    expect(east?.[0]).toBe("gives its traffic back as the backends with baseline weight return");
  });

  it("says how much of that time is left while it is good", () => {
    const rules = rulesOf("recoverAfter: 40s, return: {steps: []}");
    const waited = new Story(rules);
    tell(waited, "split web: web 100, east 0", "web: 0 of 2 ready", "east: 2 ready", "traffic 40/s");
    go(waited, 2);
    tell(waited, "web: 2 ready");
    go(waited, 4);
    const [route] = waited.state.routes.values();
    expect(route && outlookOf(route, "web")).toEqual([
      expect.stringMatching(/^begins to return when it has been good for another (20|25)s: with all of its traffic at once$/),
    ]);
  });
});

it("says of a returning backend the next steps, and the wait after a relapse", () => {
  const story = new Story(DEFAULT_RULES);
  tell(story, "split web: web 100, east 0", "web: 0 of 2 ready", "east: 2 ready", "traffic 40/s");
  go(story, 2);
  tell(story, "web: 2 ready");
  go(story, 16);
  const [route] = story.state.routes.values();
  expect(route && outlookOf(route, "web")).toEqual([
    expect.stringMatching(
      /^gets 25%, 50%, then all of its traffic: the next step comes in \d+s at the earliest, when it has answered enough requests well$/,
    ),
    "is removed again at one bad tick, and must then be good for 2m",
  ]);
});

it("puts a pin or a freeze of the owner first", () => {
  expect(outlooks(["annotate web: failover.linkerd.io/pin=east"], 1)["web"]?.[0]).toBe("when the pin ends, health decides again at once");
  expect(outlooks(["annotate web: failover.linkerd.io/freeze=true"], 1)["east"]?.[0]).toBe("frozen: the weights change only after `thaw`");
});

it("names every signal that is on", () => {
  const signals =
    "signals: {readiness: {minReadyShare: 50%}, latency: {under: 500ms, failBelow: 90%, recoverAbove: 95%}, unanswered: {failAbove: 90%, recoverBelow: 50%}, queries: [{name: queue, query: 'max(q)', failAbove: 9, recoverBelow: 1}]}";
  expect(outlooks([], 1, rulesOf(signals))["web"]).toEqual([
    "is removed at once with fewer than 50% of its endpoints, or none, ready",
    "is removed when less than 90% of its responses come within 500ms, beyond doubt for 10s",
    "is removed when more than 90% of its requests stay unanswered, beyond doubt for 10s",
    "is removed when query queue is above 9 for 10s",
  ]);
});

it("says that nothing moves a route to which no rule applies", () => {
  const story = new Story(rulesOf("match: {namespaces: [elsewhere]}"));
  tell(story, "split web: web 100, east 0");
  go(story, 1);
  const [route] = story.state.routes.values();
  expect(route && outlookOf(route, "web")).toEqual(["nothing moves it: no rule applies to the route, or there is nothing to shift"]);
});

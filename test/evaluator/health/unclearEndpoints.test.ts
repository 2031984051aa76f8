import { expect, it } from "vitest";
import { routeKey } from "../../../src/routes/route.ts";
import { parseRules } from "../../../src/rules/parseRules.ts";
import { Story } from "../../../src/simulator/story.ts";
import { obey } from "../../simulator/obey.ts";

const HALF_READY = "web: 5 of 10 ready";

/** Plays commands, with two ticks after each; returns the weights of `web`, and whether unclear endpoints count as missing. */
function play(rule: string, ...commands: readonly string[]) {
  const parsed = parseRules(`version: 1\nrules: [{name: own, ${rule}}]`, "rules.yaml");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const story = new Story(parsed.rules);
  for (const text of ["split web: web 100, east 0", "east: 10 ready", ...commands]) {
    obey(story, text);
    for (let tick = 0; tick < 2; tick++) {
      story.tick();
      for (let second = 0; second < 5; second++) story.passSecond();
    }
  }
  const split = story.splits.get("web");
  if (split === undefined) throw new Error("there is no split web");
  const judgement = story.state.routes.get(routeKey(story.routeOf(split)))?.backends.get("web")?.judgement;
  return [split.weights.map(([, weight]) => weight).join("/"), judgement?.countsUnclear];
}

const SHARE = "signals: {readiness: {minReadyShare: 60%}}";
const SPILL = "signals: {readiness: {}}, spill: {}";

it.each<[string, readonly string[], string, boolean | null]>([
  [SHARE, ["web: 5 ready", HALF_READY, "restart"], "100/0", false],
  [SHARE, ["web: 10 ready", HALF_READY, "restart"], "0/100", true],
  [SHARE, ["web: 10 ready", HALF_READY, "restart", "web: readiness stale", HALF_READY], "0/100", true],
  [SHARE, ["web: 10 ready", HALF_READY, "restart", "web: 10 ready"], "0/100", null],
  [SPILL, ["web: 5 ready", HALF_READY, "restart"], "100/0", false],
  [SPILL, ["web: 10 ready", HALF_READY, "restart"], "70/30", true],
  [SPILL, ["web: 10 ready", HALF_READY, "restart", "web: 5 ready"], "100/0", null],
  [`${SPILL}, fallback: {standbyShare: 10%}`, ["web: 5 ready", HALF_READY, "restart"], "90/10", false],
])("%s: after %j the weights are %s, and unclear endpoints are missing: %s", (rule, commands, weights, missing) => {
  expect(play(rule, ...commands)).toEqual([weights, missing]);
});

it("a first start moves nothing because of pods that may never have been ready", () => {
  const first = ["web: 4 of 10 ready", "restart"];
  expect(play(SHARE, ...first)[0]).toBe("100/0");
  expect(play(SPILL, ...first)[0]).toBe("100/0");
});

import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { isSoft } from "../../src/evaluator/model/isSoft.ts";
import type { Counts, Frame, Metrics } from "../../src/evaluator/model/observation.ts";
import { trafficSplitCodec } from "../../src/routes/trafficSplit.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import type { RuleSet } from "../../src/rules/ruleSet.ts";
import { Replay } from "../../src/simulator/replay.ts";
import { seededRandom } from "../world/seededRandom.ts";

const TICK_MS = 1_000;
const SCRAPE_MS = 2_000;

export interface Noise {
  readonly hours: number;
  readonly perSecond: number;
  /** The part of the requests that fail, each by its own chance. */
  readonly failing: number;
  readonly earlyWhenSure: boolean;
  readonly seed: number;
}

/** How often the backend became suspect, and how often it lost its traffic. */
export interface Outcome {
  readonly suspicions: number;
  readonly moves: number;
}

/** Plays hours of noise with the rules of docs/fast-lane.md. After a move the play begins anew. */
export function playFastNoise(noise: Noise): Outcome {
  const rules = fastRules(noise.earlyWhenSure);
  const windowMs = rules.rules[0]?.signals.successRate?.windowMs ?? 0;
  const inWindow = countsInWindow(noise, windowMs);
  const outcome = { suspicions: 0, moves: 0 };
  let past = new Replay(rules, TICK_MS);
  let wasSuspect = false;
  for (let atMs = TICK_MS; atMs <= noise.hours * 3_600_000; atMs += TICK_MS) {
    const { after, decisions } = past.tick(frameAt(atMs, windowMs, inWindow(atMs)));
    const isSuspect = [...after.routes.values()].some(({ backends }) => backends.get("web")?.state.phase === "suspect");
    if (isSuspect && !wasSuspect) outcome.suspicions += 1;
    wasSuspect = isSuspect;
    if (!decisions.some(({ direction, cause }) => direction === "failover" && cause !== "manual" && isSoft(cause))) continue;
    outcome.moves += 1;
    past = new Replay(rules, TICK_MS);
  }
  return outcome;
}

/** The rules in docs/fast-lane.md, with `earlyWhenSure` as asked. */
function fastRules(earlyWhenSure: boolean): RuleSet {
  const page = readFileSync(new URL("../../docs/fast-lane.md", import.meta.url), "utf8");
  const { rules } = parse(/```yaml\n(.*?)```/s.exec(page)?.[1] ?? "");
  for (const { signals } of rules.rules) signals.successRate.earlyWhenSure = earlyWhenSure;
  const parsed = parseRules(JSON.stringify(rules), "docs/fast-lane.md");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.rules;
}

/** What the window holds at ascending times: the requests between the last scrape and the one a window before. */
function countsInWindow({ perSecond, failing, seed }: Noise, windowMs: number): (atMs: number) => Counts {
  const random = seededRandom(seed);
  /** Good requests until the next failure, so that not each request has to be drawn. */
  const untilNext = () => Math.floor(Math.log(1 - random()) / Math.log(1 - failing));
  const perScrape = (perSecond * SCRAPE_MS) / 1_000;
  const scrapes: number[] = [];
  let [left, scrapedMs] = [untilNext(), 0];
  return (atMs) => {
    for (; scrapedMs + SCRAPE_MS <= atMs; scrapedMs += SCRAPE_MS) {
      let failures = 0;
      for (left -= perScrape; left < 0; left += 1 + untilNext()) failures += 1;
      scrapes.push(failures);
      if (scrapes.length > windowMs / SCRAPE_MS) scrapes.shift();
    }
    return { total: scrapes.length * perScrape, failures: scrapes.reduce((sum, own) => sum + own, 0) };
  };
}

const ROUTE = trafficSplitCodec.read({
  metadata: { name: "web", namespace: "shop", uid: "1", resourceVersion: "1" },
  spec: {
    service: "web-apex",
    backends: [
      { service: "web", weight: 100 },
      { service: "east", weight: 0 },
    ],
  },
});
const ENDPOINTS = new Map(["shop/web", "shop/east"].map((name) => [name, { state: "counted", ready: 1, notReady: 0 } as const]));

function frameAt(atMs: number, windowMs: number, counts: Counts): Frame {
  const value = { leaves: new Map([["shop/web", counts]]), apexes: new Map([["shop/web-apex", counts]]), routes: new Map() };
  const metrics: Metrics = {
    requests: new Map([[windowMs, { state: "answered", value }]]),
    ...{ latency: new Map(), unanswered: new Map(), queries: new Map() },
    gateways: { state: "answered", value: new Map() },
  };
  return { atMs, observation: { routes: [ROUTE], endpoints: ENDPOINTS, metrics, clusters: new Map() } };
}

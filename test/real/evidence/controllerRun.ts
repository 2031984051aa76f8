import { readFileSync } from "node:fs";
import path from "node:path";
import { brakesSchema } from "../../../src/rules/brakesSchema.ts";
import type { RuleSet } from "../../../src/rules/ruleSet.ts";
import { ruleSchema } from "../../../src/rules/rulesSchema.ts";
import { recordedSeries } from "../recordedPrometheus.ts";
import type { Span } from "./clientsSaw.ts";
import type { Recorded, WeightsAt } from "./recordedRoute.ts";
import type { Starts } from "./withClock.ts";

/** Half an hour of a controller that steered real proxies, described in test/fixtures/series/README.md. */
const NAME = "controller-run";

export const RUN_STARTS: Starts = { c1: [1_796_047_206.974, 1_796_048_318.414, 1_796_048_994.443], c2: [1_796_047_207.009] };

export const RUN_ROUTES: readonly Recorded[] = (
  [
    ["TrafficSplit", "ts"],
    ["HTTPRoute", "hr"],
    ["GRPCRoute", "gr"],
  ] as const
).map(([kind, short]) => {
  return { kind, namespace: "shop", name: `${short}-web`, apex: `${short}-web`, primary: `${short}-east`, standby: `${short}-west` };
});

export function runSeries(): string {
  return recordedSeries(`${NAME}.om.gz`);
}

export function runWeights(): readonly WeightsAt[] {
  const file = path.join(import.meta.dirname, `../../fixtures/series/${NAME}-weights.jsonl`);
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as WeightsAt);
}

/** A time of the run. */
export function runAt(time: string): number {
  return Date.parse(`2026-11-30T${time}Z`);
}

/** While these lasted Prometheus scraped every 10 s and the built-in rule was in force, else every 2 s and windows were 10 s. */
const SLOW: readonly (readonly [from: string, until: string])[] = [
  ["14:00:50", "14:04:50"],
  ["14:18:10", "14:29:35"],
];

export function runWindowMs(atMs: number): number {
  return SLOW.some(([from, until]) => atMs >= runAt(from) && atMs < runAt(until)) ? 30_000 : 10_000;
}

const RULES = new Map([10_000, 30_000].map((windowMs) => [windowMs, rulesOf(windowMs)]));

export function runRules(atMs: number): RuleSet {
  return RULES.get(runWindowMs(atMs)) ?? rulesOf(runWindowMs(atMs));
}

function rulesOf(windowMs: number): RuleSet {
  const window = `${windowMs / 1_000}s`;
  const signals = { readiness: {}, successRate: { window }, unanswered: { window } };
  return { rules: [ruleSchema.parse({ name: "run", signals })], brakes: brakesSchema.parse({}) };
}

/** When each client's proxy was scraped, the oldest first. */
export type Scrapes = ReadonlyMap<string, readonly number[]>;

export function scrapesIn(openMetrics: string): Scrapes {
  const scrapes = new Map<string, number[]>();
  for (const [, pod = "", atS] of openMetrics.matchAll(/^up\{.*pod="([^"]*)".*\} 1 (\S+)$/gm)) {
    scrapes.set(pod, [...(scrapes.get(pod) ?? []), Number(atS) * 1_000]);
  }
  return new Map([...scrapes].map(([pod, times]) => [pod, times.sort((a, b) => a - b)]));
}

/** The time between the two scrapes whose counters are subtracted for a window: what is read is of this time. */
export function scrapedSpan(scrapes: Scrapes, client: string, atMs: number, windowMs: number): Span | undefined {
  const times = scrapes.get(client) ?? [];
  const fromMs = times.findLast((time) => time <= atMs - windowMs);
  const untilMs = times.findLast((time) => time <= atMs);
  return fromMs === undefined || untilMs === undefined ? undefined : { fromMs, untilMs };
}

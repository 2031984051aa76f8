import type { Decision } from "../../../evaluator/model/decision.ts";
import { liveShares } from "../../../evaluator/model/weightHistory.ts";
import type { PrometheusClient } from "../../../observer/prometheus.ts";
import { atBaseline } from "../../../routes/atBaseline.ts";
import { writeTime } from "../../../routes/rfc3339.ts";
import type { Route } from "../../../routes/route.ts";
import { longestWindowMs } from "../../../rules/longestWindow.ts";
import type { Brakes, Rule } from "../../../rules/ruleSet.ts";
import { Replay, type ReplayedTick } from "../../../simulator/replay.ts";
import { tickLines } from "../../../simulator/tickLines.ts";
import { PastReader } from "./pastReader.ts";

/** The queries of this many ticks are sent in parallel. */
const TICKS_AT_ONCE = 2;
/** After this many ticks in a row without an answer the replay stops. */
const MAX_TICKS_WITHOUT_ANSWER = 5;

/** A route, the rule that judges it, and the time span to replay. */
export interface Past {
  readonly route: Route;
  readonly rule: Rule;
  readonly brakes: Brakes;
  /** The cluster of each mirrored Service: of all, and of those that are mirrored through a gateway. */
  readonly linked: ReadonlyMap<string, string>;
  readonly clusters: ReadonlyMap<string, string>;
  /** The Services that stand for one of another cluster without a gateway; absent: none. */
  readonly elsewhere?: ReadonlySet<string>;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly intervalMs: number;
}

/** What is kept of one tick; there may be many. */
export interface PastTick {
  readonly atMs: number;
  /** One line per change; each begins with the time. */
  readonly lines: readonly string[];
  readonly decisions: readonly Decision[];
  /** Whether the route is away from its baseline. */
  readonly shifted: boolean;
  /** The weights after this tick, as text: `web 0, east 100`. */
  readonly weights: string;
  /** The part of the traffic that they send to the primary. */
  readonly primaryShare: number;
}

export interface Replayed {
  /** The ticks from `fromMs` on, after those of one window that warm it up. */
  readonly all: readonly PastTick[];
  /** The number of ticks from `fromMs` on. */
  readonly ticks: number;
  /** How many of these had a query without an answer. */
  readonly unanswered: number;
  /** Why the last such query had none. */
  readonly why: string | null;
  /** What Prometheus knew of the route itself, at some tick at least. */
  readonly known: { readonly endpoints: boolean; readonly weights: boolean };
}

/** Why there is no replay: the rule cannot judge the past, or Prometheus does not answer. */
export type NotReplayed = { readonly cannot: string } | { readonly noAnswer: string };

/** Evaluates the past of a route from what Prometheus has kept, or returns why that is impossible. */
export async function replayPast(past: Past, prometheus: PrometheusClient): Promise<Replayed | NotReplayed> {
  const { fromMs, untilMs, intervalMs, rule } = past;
  const rules = { rules: [rule], brakes: past.brakes };
  const reader = new PastReader(past, atBaseline(past.route), rules, prometheus);
  const replay = new Replay(rules, intervalMs);
  const all: PastTick[] = [];
  let ticks = 0;
  let unanswered = 0;
  let lastWhy: string | null = null;
  let inARow = 0;
  const warmUpTicks = Math.ceil(longestWindowMs(rule) / intervalMs) + 1;
  let atMs = fromMs - warmUpTicks * intervalMs;
  while (atMs <= untilMs) {
    const times = Array.from({ length: TICKS_AT_ONCE }, (_, i) => atMs + i * intervalMs).filter((ms) => ms <= untilMs);
    for (const seen of await Promise.all(times.map((ms) => reader.read(ms)))) {
      if (seen.asked === 0 && rule.signals.readiness === undefined)
        return { cannot: "its rule reads nothing from Prometheus for this route: none of its backends is behind a gateway" };
      const why = seen.failures[0] ?? null;
      inARow = seen.failures.length <= seen.asked ? 0 : inARow + 1;
      if (why !== null && inARow >= MAX_TICKS_WITHOUT_ANSWER) return { noAnswer: why };
      all.push(pastTickOf(replay.tick(await reader.frame(seen, replay.suspects))));
      if (seen.atMs < fromMs) continue;
      ticks += 1;
      lastWhy = why ?? lastWhy;
      if (why !== null) unanswered += 1;
    }
    atMs += times.length * intervalMs;
  }
  if (Object.keys(rule.signals).every((signal) => signal === "readiness") && !reader.known.endpoints)
    return { cannot: "its rule has no signal that is read from Prometheus, which does not know how many endpoints were ready" };
  return { all, ticks, unanswered, why: lastWhy, known: reader.known };
}

function pastTickOf(tick: ReplayedTick): PastTick {
  const { atMs, decisions, after } = tick;
  const shifted = [...after.routes.values()].some((route) => route.shifted);
  const [route] = after.routes.values();
  const decided = new Map(decisions.flatMap(({ splits }) => splits.map((split) => [split.name, split.after] as const)));
  const weights = (route?.splits ?? []).map(({ name, live }) => decided.get(name) ?? live);
  const written = (own: Readonly<Record<string, number>>) => Object.entries(own).map(([backend, weight]) => `${backend} ${weight}`);
  const text = weights.map((own) => written(own).join(", ")).join("; ");
  const primaryShare = liveShares(weights).get(route?.primary ?? "") ?? 0;
  return { atMs, lines: tickLines({ ...tick, landed: true }, writeSeconds), decisions, shifted, weights: text, primaryShare };
}

/** RFC 3339 in UTC, to the second. */
export function writeSeconds(ms: number): string {
  return writeTime(ms).replace(/\.\d+Z$/, "Z");
}

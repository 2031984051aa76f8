import type { Decision } from "../../../evaluator/model/decision.ts";
import type { Answer, Endpoints, Metrics, Observation } from "../../../evaluator/model/observation.ts";
import { NO_GATEWAYS } from "../../../observer/askAll.ts";
import { pastMetrics } from "../../../observer/pastMetrics.ts";
import type { PrometheusClient } from "../../../observer/prometheus.ts";
import { atBaseline } from "../../../routes/atBaseline.ts";
import { writeTime } from "../../../routes/rfc3339.ts";
import { type Route, serviceKey } from "../../../routes/route.ts";
import { longestWindowMs } from "../../../rules/longestWindow.ts";
import { questionsOf } from "../../../rules/questions.ts";
import type { Brakes, Rule } from "../../../rules/ruleSet.ts";
import { Replay, type ReplayedTick } from "../../../simulator/replay.ts";
import { tickLines } from "../../../simulator/tickLines.ts";

/** Prometheus is asked about so many looks at once. */
const LOOKS_AT_ONCE = 2;
/** After so many looks in a row without an answer no other is asked for. */
const LOOKS_WITHOUT_ANSWER = 5;

const ELSEWHERE: Endpoints = { state: "elsewhere" };

/** One route, the rule that judges it, and a time that has passed. */
export interface Past {
  readonly route: Route;
  readonly rule: Rule;
  readonly brakes: Brakes;
  /** Of each Service that mirrors another cluster's: that cluster; and those of them that do so through its gateway. */
  readonly linked: ReadonlyMap<string, string>;
  readonly clusters: ReadonlyMap<string, string>;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly intervalMs: number;
}

/** What one look came to; all else of it is forgotten, as there may be many. */
export interface PastTick {
  readonly atMs: number;
  /** What it changed, a line each; they begin with the time. */
  readonly lines: readonly string[];
  readonly decisions: readonly Decision[];
  /** The route is away from its baseline. */
  readonly shifted: boolean;
}

export interface Replayed {
  /** Those from `fromMs` on, and before them those of one window, so that it is warm by then. */
  readonly all: readonly PastTick[];
  /** How many are from `fromMs` on, and those of them of which some question was not answered, and why the last one was not. */
  readonly looks: number;
  readonly unanswered: number;
  readonly why: string | null;
}

/** The rule cannot judge a past, or Prometheus is not there to be asked. */
export type NotReplayed = { readonly cannot: string } | { readonly away: string };

/** Looks at the route as it would have been judged then, by what Prometheus has kept of it; or says why that cannot be done. */
export async function replayPast(past: Past, prometheus: PrometheusClient): Promise<Replayed | NotReplayed> {
  const { fromMs, untilMs, intervalMs } = past;
  const rule = withoutReadiness(past.rule);
  if (Object.keys(rule.signals).length === 0) return { cannot: "its rule has no signal that Prometheus could tell of" };
  const rules = { rules: [rule], brakes: past.brakes };
  const route = atBaseline(past.route);
  const subjects = { routes: [route], clusters: past.clusters, linked: past.linked };
  const questions = questionsOf(rules);
  const endpoints = new Map(servicesOf(route).map((service) => [service, ELSEWHERE] as const));
  const replay = new Replay(rules, intervalMs);
  const all: PastTick[] = [];
  let looks = 0;
  let unanswered = 0;
  let lastWhy: string | null = null;
  let inARow = 0;
  const warmUpTicks = Math.ceil(longestWindowMs(rule) / intervalMs) + 1;
  let atMs = fromMs - warmUpTicks * intervalMs;
  while (atMs <= untilMs) {
    const times = Array.from({ length: LOOKS_AT_ONCE }, (_, i) => atMs + i * intervalMs).filter((ms) => ms <= untilMs);
    const seen = await Promise.all(times.map((ms) => pastMetrics(prometheus, subjects, questions, ms)));
    for (const [i, metrics] of seen.entries()) {
      const answers = answersOf(metrics);
      if (answers.length === 0) return { cannot: "its rule asks Prometheus nothing about it: none of its backends is behind a gateway" };
      const failed = answers.filter((answer) => answer.state === "failed");
      const why = failed[0]?.error ?? null;
      inARow = failed.length < answers.length ? 0 : inARow + 1;
      if (why !== null && inARow >= LOOKS_WITHOUT_ANSWER) return { away: why };
      const tickMs = times[i] ?? atMs;
      const observation: Observation = { routes: [route], endpoints, metrics, clusters: past.clusters };
      all.push(whatItCameTo(replay.look({ atMs: tickMs, observation })));
      if (tickMs < fromMs) continue;
      looks += 1;
      lastWhy = why ?? lastWhy;
      if (why !== null) unanswered += 1;
    }
    atMs += times.length * intervalMs;
  }
  return { all, looks, unanswered, why: lastWhy };
}

function whatItCameTo(tick: ReplayedTick): PastTick {
  const { atMs, decisions, after } = tick;
  const shifted = [...after.routes.values()].some((route) => route.shifted);
  return { atMs, lines: tickLines({ ...tick, landed: true }, writeSeconds), decisions, shifted };
}

/** RFC 3339 in UTC, to the second. */
export function writeSeconds(ms: number): string {
  return writeTime(ms).replace(/\.\d+Z$/, "Z");
}

/** Nothing keeps how many endpoints were ready then. */
function withoutReadiness(rule: Rule): Rule {
  const { readiness: _, ...signals } = rule.signals;
  return { ...rule, signals };
}

/** `NAMESPACE/SERVICE` of its backends, each once. */
export function servicesOf({ namespace, splits }: Route): readonly string[] {
  return [...new Set(splits.flatMap(({ backends }) => backends.map(({ backend }) => serviceKey(namespace, backend))))];
}

/** Every answer of a look. */
function answersOf({ requests, latency, unanswered, gateways, queries }: Metrics): readonly Answer<unknown>[] {
  const answers = [...requests.values(), ...latency.values(), ...unanswered.values(), ...queries.values()];
  return gateways === NO_GATEWAYS ? answers : [...answers, gateways];
}

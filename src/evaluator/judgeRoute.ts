import type { Rule } from "../rules/ruleSet.ts";
import type { BackendState } from "./backendState.ts";
import type { ClusterState } from "./clusters.ts";
import { judge } from "./health.ts";
import type { Judgement } from "./judgement.ts";
import { type Answer, type Counts, latencyKey, type Metrics, type Observation, queryKey } from "./observation.ts";
import type { Survey } from "./survey.ts";
import { accountFailures, type BackendCounts } from "./unaccounted.ts";
import type { WeightsSince } from "./weightHistory.ts";
import { averageShares, LATE_FAILURES_MS } from "./weightHistory.ts";

/** A backend of the route, where it stood until now. */
export interface Standing {
  readonly backend: string;
  /** `NAMESPACE/SERVICE` */
  readonly service: string;
  readonly state: BackendState;
}

/** The look at one route: its backends, and the weights of the recent past. */
export interface RouteLook {
  readonly surveyed: Survey;
  readonly rule: Rule;
  readonly standings: readonly Standing[];
  readonly history: readonly WeightsSince[];
  readonly firstSeenMs: number;
  readonly toleranceMs: number;
  /** The linked clusters, by name. */
  readonly clusters: ReadonlyMap<string, ClusterState>;
}

/** Judges every backend of a route by all that was seen at this tick, in the order of the standings. */
export function judgeRoute(look: RouteLook, observation: Observation, nowMs: number): readonly Judgement[] {
  const { rule, standings, surveyed, clusters } = look;
  const sharesOf = sharesByWindow(look, nowMs);
  const answers = answersOf(look, observation, sharesOf);
  return standings.map(({ backend, service, state }, i) => {
    const cluster = observation.clusters.get(service);
    return judge(
      {
        endpoints: observation.endpoints.get(service),
        cluster: cluster === undefined ? undefined : clusters.get(cluster),
        successRate: answers.successRate[i] ?? null,
        latency: answers.latency(service),
        unanswered: answers.unanswered(service),
        queries: (rule.signals.queries ?? []).map(({ name }) => ({ name, answer: queryAnswer(observation, surveyed, backend, name) })),
        phase: state.phase,
        sentWeight: (windowMs) => (sharesOf(windowMs).get(backend) ?? 0) > 0,
        warmingUp: (windowMs) => nowMs - look.firstSeenMs < windowMs - look.toleranceMs,
      },
      rule,
    );
  });
}

type SharesOf = (windowMs: number) => ReadonlyMap<string, number>;

/** Each backend's share of the traffic that a window can show, by window. */
function sharesByWindow({ history }: RouteLook, nowMs: number): SharesOf {
  const known = new Map<number, ReadonlyMap<string, number>>();
  return (windowMs) => {
    let shares = known.get(windowMs);
    if (shares === undefined) known.set(windowMs, (shares = averageShares(history, nowMs, windowMs + LATE_FAILURES_MS)));
    return shares;
  };
}

interface Answers {
  /** In the order of the standings; empty where it is off. */
  readonly successRate: readonly Answer<BackendCounts>[];
  readonly latency: (service: string) => Answer<Counts | null> | null;
  readonly unanswered: (service: string) => Answer<Counts | null> | null;
}

/** A question that was not asked yet (the rules have just changed) has no answer. */
const NOT_ASKED: Answer<never> = { state: "failed", error: "not asked yet" };
const OFF = () => null;

function answersOf(look: RouteLook, { metrics }: Observation, sharesOf: SharesOf): Answers {
  const { latency, unanswered } = look.rule.signals;
  if (metrics === null) return { successRate: [], latency: OFF, unanswered: OFF };
  return {
    successRate: successRates(look, metrics, sharesOf),
    latency: latency === undefined ? OFF : leafOf(metrics.latency.get(latencyKey(latency.underMs, latency.windowMs)) ?? NOT_ASKED),
    unanswered: unanswered === undefined ? OFF : leafOf(metrics.unanswered.get(unanswered.windowMs) ?? NOT_ASKED),
  };
}

function leafOf(answer: Answer<ReadonlyMap<string, Counts>>): (service: string) => Answer<Counts | null> {
  if (answer.state === "failed") return () => answer;
  return (service) => ({ state: "answered", value: answer.value.get(service) ?? null });
}

function successRates({ surveyed, standings, rule }: RouteLook, metrics: Metrics, sharesOf: SharesOf): readonly Answer<BackendCounts>[] {
  const windowMs = rule.signals.successRate?.windowMs;
  if (windowMs === undefined) return [];
  const answer = metrics.requests.get(windowMs) ?? NOT_ASKED;
  if (answer.state === "failed") return standings.map(() => answer);
  const { leaves, apexes, routes } = answer.value;
  const shares = sharesOf(windowMs);
  const seen = standings.map(({ backend, service }) => ({ leaf: leaves.get(service) ?? null, share: shares.get(backend) ?? 0 }));
  const ofRoute = surveyed.route.kind === "TrafficSplit" ? apexes.get(surveyed.apex) : routes.get(surveyed.key);
  return accountFailures(seen, ofRoute ?? null, surveyed.alike).map((value) => ({ state: "answered", value }));
}

function queryAnswer({ metrics }: Observation, { key }: Survey, backend: string, name: string): Answer<number | null> | null {
  return metrics === null ? null : (metrics.queries.get(queryKey(key, backend, name)) ?? NOT_ASKED);
}

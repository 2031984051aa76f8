import type { Answer, Endpoints, Frame, Metrics } from "../../../evaluator/model/observation.ts";
import type { Suspects } from "../../../evaluator/model/suspects.ts";
import { NO_GATEWAYS } from "../../../observer/askAll.ts";
import { pastClients, pastMetrics } from "../../../observer/pastMetrics.ts";
import type { PrometheusClient } from "../../../observer/prometheus.ts";
import type { Route } from "../../../routes/route.ts";
import { questionsOf } from "../../../rules/questions.ts";
import type { RuleSet } from "../../../rules/ruleSet.ts";
import { NOTHING_RECORDED, type RecordedRoute, recordedRoute, servicesOf, withBaseline } from "./recordedRoute.ts";
import type { Past } from "./replayPast.ts";

const ELSEWHERE: Endpoints = { state: "elsewhere" };

/** What Prometheus answered about one tick. */
export interface PastAnswers {
  readonly atMs: number;
  readonly metrics: Metrics;
  readonly recorded: Answer<RecordedRoute>;
  /** The number of answers that the rule needs, without the one about the route itself. */
  readonly asked: number;
  /** Why answers failed; of all. */
  readonly failures: readonly string[];
}

/** Reads the past of one route, tick by tick. */
export class PastReader {
  /** What Prometheus knew of the route itself, at some tick at least. */
  readonly known = { endpoints: false, weights: false };
  readonly #past: Past;
  readonly #route: Route;
  readonly #rules: RuleSet;
  readonly #prometheus: PrometheusClient;
  readonly #unknown: ReadonlyMap<string, Endpoints>;
  /** The route with the baseline of the last tick. */
  #frame: Route;

  constructor(past: Past, route: Route, rules: RuleSet, prometheus: PrometheusClient) {
    this.#past = past;
    this.#route = route;
    this.#rules = rules;
    this.#prometheus = prometheus;
    this.#frame = route;
    this.#unknown = new Map(servicesOf(route).map((service) => [service, ELSEWHERE]));
  }

  /** Asks all that the rule needs at a time, and what is known of the route itself. */
  async read(atMs: number): Promise<PastAnswers> {
    const [metrics, recorded] = await Promise.all([
      pastMetrics(this.#prometheus, this.#subjects(), questionsOf(this.#rules), atMs),
      recordedRoute(this.#prometheus, this.#route, atMs),
    ]);
    const needed = answersOf(metrics);
    const failures = [...needed, recorded].flatMap((answer) => (answer.state === "failed" ? [answer.error] : []));
    return { atMs, metrics, recorded, asked: needed.length, failures };
  }

  /** The frame of a tick. Ticks come in their order. */
  async frame({ atMs, metrics, recorded }: PastAnswers, suspects: Suspects): Promise<Frame> {
    const { sent, baseline, endpoints } = recorded.state === "answered" ? recorded.value : NOTHING_RECORDED;
    if (endpoints.size > 0) this.known.endpoints = true;
    if (sent !== null) this.known.weights = true;
    if (baseline.size > 0) this.#frame = sameOr(this.#frame, withBaseline(this.#route, baseline));
    const clients = await pastClients(this.#prometheus, this.#subjects(), suspects, atMs);
    const observation = {
      routes: [this.#frame],
      endpoints: new Map([...this.#unknown, ...endpoints]),
      metrics: { ...metrics, ...clients },
      clusters: this.#past.clusters,
      ...(sent !== null && { sent: new Map([[this.#route.key, sent]]) }),
    };
    return { atMs, observation };
  }

  #subjects() {
    const { clusters, linked, elsewhere } = this.#past;
    return { routes: [this.#route], clusters, linked, ...(elsewhere && { elsewhere }) };
  }
}

/** The route as before if its weights are, because an object that stays is no change. */
function sameOr(before: Route, now: Route): Route {
  const text = ({ splits }: Route) => JSON.stringify(splits.map(({ backends }) => backends.map(({ weight }) => weight)));
  return text(before) === text(now) ? before : now;
}

/** All answers that a rule needs at a tick. */
function answersOf({ requests, latency, unanswered, gateways, queries }: Metrics): readonly Answer<unknown>[] {
  const answers = [...requests.values(), ...latency.values(), ...unanswered.values(), ...queries.values()];
  return gateways === NO_GATEWAYS ? answers : [...answers, gateways];
}

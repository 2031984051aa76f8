import type { Endpoints, Metrics } from "../../../src/evaluator/model/observation.ts";
import { initialState, type RouteState, type State } from "../../../src/evaluator/model/state.ts";
import { step } from "../../../src/evaluator/step.ts";
import type { ProxyClock } from "../../../src/linkerd/increase.ts";
import { askAll } from "../../../src/observer/askAll.ts";
import { createPrometheusClient, type PrometheusClient } from "../../../src/observer/prometheus.ts";
import { serviceKey } from "../../../src/routes/route.ts";
import { questionsOf } from "../../../src/rules/questions.ts";
import type { RuleSet } from "../../../src/rules/ruleSet.ts";
import { type Recorded, recordedAt, type WeightsAt } from "./recordedRoute.ts";

const INTERVAL_MS = 5_000;
const READY: Endpoints = { state: "counted", ready: 1, notReady: 0 };

/** Judges recorded routes tick by tick, with the weights that they had and what a real Prometheus has of them. It moves nothing. */
export class Retracing {
  readonly #prometheus: PrometheusClient;
  readonly #routes: readonly Recorded[];
  readonly #weights: readonly WeightsAt[];
  readonly #clock: ProxyClock;
  #state: State = initialState(INTERVAL_MS, "retracing");

  constructor(url: string, routes: readonly Recorded[], weights: readonly WeightsAt[], clock: ProxyClock) {
    this.#prometheus = createPrometheusClient({ url, auth: { kind: "none" }, intervalMs: 10 * INTERVAL_MS });
    this.#routes = routes;
    this.#weights = weights;
    this.#clock = clock;
  }

  /** The same at these times, with a tick for each change of weights up to then, as the controller's; by time. */
  async through(
    timesMs: readonly number[],
    rulesAt: (atMs: number) => RuleSet,
  ): Promise<ReadonlyMap<number, ReadonlyMap<string, RouteState>>> {
    const seeing = new Set(timesMs);
    const lastMs = Math.max(...timesMs);
    const changes = this.#weights.map(({ t }) => t).filter((t) => t <= lastMs);
    const seen = new Map<number, ReadonlyMap<string, RouteState>>();
    for (const atMs of [...new Set([...changes, ...timesMs])].sort((a, b) => a - b)) {
      const after = await this.tick(atMs, rulesAt(atMs), seeing.has(atMs) ? "seeing" : "blind");
      if (seeing.has(atMs)) seen.set(atMs, after);
    }
    return seen;
  }

  /** The routes after a tick, by name. `blind`: without metrics, only the weights are remembered. */
  async tick(atMs: number, rules: RuleSet, how: "seeing" | "blind" = "seeing"): Promise<ReadonlyMap<string, RouteState>> {
    const routes = this.#routes.map((recorded) => recordedAt(recorded, this.#weights, atMs));
    const endpoints = new Map<string, Endpoints>();
    for (const { namespace, primary, standby } of this.#routes) {
      for (const backend of [primary, standby]) endpoints.set(serviceKey(namespace, backend), READY);
    }
    let metrics: Metrics | null = null;
    if (how === "seeing")
      metrics = await askAll(
        this.#prometheus,
        routes,
        { ...questionsOf(rules), gateway: false },
        { clock: this.#clock, leavesBy: "dst_namespace", twoMoments: true, tellsSteady: true },
        atMs,
      );
    this.#state = step(this.#state, { routes, endpoints, metrics, clusters: new Map() }, rules, atMs).state;
    return new Map([...this.#state.routes.values()].map((route) => [route.ref.name, route]));
  }
}

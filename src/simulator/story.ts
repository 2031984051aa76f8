import type { Decision } from "../evaluator/model/decision.ts";
import {
  type Answer,
  type Counts,
  type Endpoints,
  type Gateway,
  latencyKey,
  type Metrics,
  type Observation,
  queryKey,
  type RequestCounts,
} from "../evaluator/model/observation.ts";
import { initialState, type State } from "../evaluator/model/state.ts";
import { step } from "../evaluator/step.ts";
import { STATE_ANNOTATION, writeMemory } from "../routes/memory.ts";
import { type Route, routeKey, type Spelling } from "../routes/route.ts";
import { trafficSplitCodec } from "../routes/trafficSplit.ts";
import { type QueryTemplate, questionsOf } from "../rules/questions.ts";
import type { RuleSet } from "../rules/ruleSet.ts";
import type { ReplayedTick } from "./replay.ts";
import { type Behaviour, Traffic, WELL } from "./traffic.ts";

const ONE_SECOND_MS = 1_000;

const REFUSED = { state: "failed", error: "connection refused" } as const;

/** The namespace in which stories play. */
export const STORY_NAMESPACE = "shop";

/** A TrafficSplit of a story, as its owner wrote it and as we changed it. */
export interface StorySplit {
  /** Another one for each object of this name. */
  readonly uid: string;
  readonly name: string;
  readonly apex: string;
  weights: readonly (readonly [backend: string, spelling: Spelling])[];
  annotations: Record<string, string>;
  version: number;
  manager: string;
}

/** What happened at one tick. */
export interface StoryTick extends ReplayedTick {
  readonly landed: boolean;
}

/** A small world for one story: splits, the Services behind them, their requests, and a controller that looks at it. */
export class Story {
  nowMs = 0;
  /** Splits that were made so far. */
  made = 0;
  /** What the controller's clock shows more or less than the story's. */
  clockOffsetMs = 0;
  intervalMs = 5_000;
  rules: RuleSet;
  rate = 0;
  prometheusUp = true;
  writesLand = true;
  readonly splits = new Map<string, StorySplit>();
  readonly endpoints = new Map<string, Endpoints>();
  readonly behaviours = new Map<string, Behaviour>();
  /** Of each Service that mirrors one of another cluster: that cluster. */
  readonly mirrors = new Map<string, string>();
  readonly gateways = new Map<string, Gateway>();
  /** Services whose series Prometheus has lost. */
  readonly unseen = new Set<string>();
  /** What operators' queries answer, by `NAME BACKEND`. */
  readonly values = new Map<string, number>();
  state: State;
  readonly #traffic = new Traffic();
  readonly #read = new WeakMap<StorySplit, { readonly text: string; readonly route: Route }>();

  constructor(rules: RuleSet) {
    this.rules = rules;
    this.state = initialState(this.intervalMs, "story");
  }

  /** A controller that knows nothing but what the objects tell. */
  restart(): void {
    this.state = initialState(this.intervalMs, `story-${this.nowMs}`);
  }

  /** Lets requests flow for one second. */
  passSecond(): void {
    this.nowMs += ONE_SECOND_MS;
    const behaviourOf = (service: string) => this.#behaviour(service);
    for (const split of this.splits.values()) {
      if (this.rate > 0) this.#traffic.flow(this.routeOf(split), this.rate, behaviourOf, this.nowMs);
    }
    for (const key of this.behaviours.keys()) this.#traffic.direct(key, this.#behaviour(key), this.nowMs);
  }

  /** One look, and what it decides is written, if writes land. */
  tick(): StoryTick {
    const before = this.state;
    const next = step(before, this.observe(), this.rules, this.nowMs + this.clockOffsetMs);
    this.state = next.state;
    if (this.writesLand) for (const decision of next.decisions) this.#write(decision);
    return { atMs: this.nowMs, before, after: next.state, decisions: next.decisions, landed: this.writesLand };
  }

  /** All that a controller sees at this moment. */
  observe(): Observation {
    const routes = [...this.splits.values()].map((split) => this.routeOf(split));
    return { routes, endpoints: this.endpoints, metrics: this.#metrics(routes), clusters: this.mirrors };
  }

  /** The same Route while its object stays the same, as an informer has it. */
  routeOf(split: StorySplit): Route {
    const object = this.#objectOf(split);
    const text = JSON.stringify(object);
    const known = this.#read.get(split);
    if (known?.text === text) return known.route;
    const route = trafficSplitCodec.read(object);
    this.#read.set(split, { text, route });
    return route;
  }

  #objectOf(split: StorySplit): object {
    return {
      apiVersion: "split.smi-spec.io/v1alpha2",
      kind: "TrafficSplit",
      metadata: {
        name: split.name,
        namespace: STORY_NAMESPACE,
        uid: split.uid,
        resourceVersion: String(split.version),
        labels: { "failover.linkerd.io/controlled-by": "linkerd-failover" },
        annotations: split.annotations,
        managedFields: [
          { manager: split.manager, operation: "Update", time: "2026-01-01T00:00:00Z", fieldsV1: { "f:spec": { "f:backends": {} } } },
        ],
      },
      spec: { service: split.apex, backends: split.weights.map(([service, weight]) => ({ service, weight })) },
    };
  }

  #metrics(routes: readonly Route[]): Metrics {
    const { requests, latency, unanswered, queries } = questionsOf(this.rules);
    const answer = <T>(value: T): Answer<T> => (this.prometheusUp ? { state: "answered", value } : REFUSED);
    const traffic = this.#traffic;
    return {
      requests: new Map(requests.map((windowMs) => [windowMs, answer(this.#seen(traffic.window(this.nowMs, windowMs)))])),
      latency: new Map(
        latency.map(({ underMs, windowMs }) => [latencyKey(underMs, windowMs), answer(traffic.latency(this.nowMs, windowMs))]),
      ),
      unanswered: new Map(unanswered.map((windowMs) => [windowMs, answer(traffic.unanswered(this.nowMs, windowMs))])),
      gateways: answer(this.gateways),
      queries: new Map(routes.flatMap((route) => this.#queryAnswers(route, queries(route), answer))),
    };
  }

  #seen({ leaves, apexes, routes }: RequestCounts): RequestCounts {
    const visible = (counts: ReadonlyMap<string, Counts>) => new Map([...counts].filter(([key]) => !this.unseen.has(key)));
    return { leaves: visible(leaves), apexes: visible(apexes), routes };
  }

  #queryAnswers(
    route: Route,
    queries: readonly QueryTemplate[],
    answer: <T>(value: T) => Answer<T>,
  ): readonly (readonly [string, Answer<number | null>])[] {
    const backends = route.splits.flatMap((split) => split.backends.map(({ backend }) => backend));
    return queries.flatMap(({ name }) =>
      backends.map((backend) => [queryKey(routeKey(route), backend, name), answer(this.values.get(`${name} ${backend}`) ?? null)] as const),
    );
  }

  #behaviour(key: string): Behaviour {
    const own = this.behaviours.get(key) ?? WELL;
    const endpoints = this.endpoints.get(key);
    const empty = endpoints === undefined || (endpoints.state === "counted" && endpoints.ready === 0);
    return empty ? { ...own, unreachable: true } : own;
  }

  #write(decision: Decision): void {
    for (const split of this.splits.values()) {
      if (routeKey(this.routeOf(split)) !== routeKey(decision.route)) continue;
      const entries = decision.desired.splits[0]?.backends ?? [];
      split.weights = split.weights.map(([backend, spelling]) => [
        backend,
        entries.find((b) => b.backend === backend)?.spellings[0] ?? spelling,
      ]);
      split.annotations = { ...split.annotations, [STATE_ANNOTATION]: writeMemory(decision.desired.memory) };
      split.version += 1;
      split.manager = "linkerd-failover";
    }
  }
}

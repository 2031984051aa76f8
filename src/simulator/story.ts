import type { Decision } from "../evaluator/model/decision.ts";
import {
  type Answer,
  type ClientCounts,
  type Endpoints,
  type Gateway,
  latencyKey,
  type Metrics,
  type Observation,
  queryKey,
  type RequestCounts,
} from "../evaluator/model/observation.ts";
import { initialState, type State } from "../evaluator/model/state.ts";
import { suspectsOf } from "../evaluator/model/suspects.ts";
import { step } from "../evaluator/step.ts";
import { STATE_ANNOTATION, writeMemory } from "../routes/memory.ts";
import { type Route, routeKey } from "../routes/route.ts";
import { type QueryTemplate, questionsOf } from "../rules/questions.ts";
import type { RuleSet } from "../rules/ruleSet.ts";
import { countPods, foundAnew, type Pods } from "./pods.ts";
import type { ReplayedTick } from "./replay.ts";
import { codecOf, type StorySplit, storyObject } from "./storyObject.ts";
import { type Behaviour, type Client, Traffic, WELL } from "./traffic.ts";

const ONE_SECOND_MS = 1_000;

const REFUSED = { state: "failed", error: "connection refused" } as const;

/** The namespace of a story that names none. */
const STORY_NAMESPACE = "shop";

/** The result of one tick; `landed`: its decisions were written. */
export interface StoryTick extends ReplayedTick {
  readonly landed: boolean;
}

/** A small simulated cluster for one story: splits, Services, their requests, and a controller. */
export class Story {
  nowMs = 0;
  /** The namespace of the routes and Services that are named next. */
  namespace = STORY_NAMESPACE;
  /** Number of splits created so far. */
  made = 0;
  /** How far the wall clock of the controller is ahead of the story's. */
  clockOffsetMs = 0;
  /** The same when the controller started: the clock that counts its waits began then. */
  #offsetAtStartMs = 0;
  intervalMs = 5_000;
  rules: RuleSet;
  rate = 0;
  /** Number of equal clients that send `rate` together. */
  clients = 1;
  /** Clients with a rate of their own, by name; one of the equal ones may be among them. */
  readonly namedClients = new Map<string, Client>();
  prometheusUp = true;
  writesLand = true;
  readonly splits = new Map<string, StorySplit>();
  /** The pods of each Service that has EndpointSlices. */
  readonly pods = new Map<string, Pods>();
  /** Services whose pods the controller cannot count. */
  readonly uncounted = new Map<string, Endpoints>();
  readonly behaviours = new Map<string, Behaviour>();
  /** The cluster of each Service that mirrors a remote Service. */
  readonly mirrors = new Map<string, string>();
  readonly gateways = new Map<string, Gateway>();
  /** Services whose series Prometheus has lost. */
  readonly unseen = new Set<string>();
  /** The answers to operators' queries, by `NAME BACKEND`. */
  readonly values = new Map<string, number>();
  state: State;
  /** By `routeKey`: when the controller's last write of a route landed. */
  readonly #written = new Map<string, number>();
  readonly #traffic = new Traffic();
  readonly #read = new WeakMap<StorySplit, { readonly text: string; readonly route: Route }>();

  constructor(rules: RuleSet) {
    this.rules = rules;
    this.state = initialState(this.intervalMs, "story");
  }

  /** Starts a new controller, which knows only the state in the objects. */
  restart(): void {
    this.#written.clear();
    this.#offsetAtStartMs = this.clockOffsetMs;
    for (const [service, pods] of this.pods) this.pods.set(service, foundAnew(pods));
    this.state = initialState(this.intervalMs, `story-${this.nowMs}`);
  }

  /** Lets requests flow for one second. */
  passSecond(): void {
    this.nowMs += ONE_SECOND_MS;
    const behaviourOf = (service: string) => this.#behaviour(service);
    for (const split of this.splits.values()) {
      const route = this.routeOf(split);
      for (const client of this.#clients()) this.#traffic.flow(route, client, behaviourOf, this.nowMs);
    }
    for (const key of this.behaviours.keys()) this.#traffic.direct(key, this.#behaviour(key), this.nowMs);
  }

  /** The clock that counts the controller's waits. */
  get steadyMs(): number {
    return this.nowMs + this.#offsetAtStartMs;
  }

  /** Runs one tick and writes its decisions if writes succeed. */
  tick(): StoryTick {
    const before = this.state;
    const next = step(before, this.observe(), this.rules, this.steadyMs);
    this.state = next.state;
    if (this.writesLand) for (const decision of next.decisions) this.#write(decision);
    return { atMs: this.nowMs, before, after: next.state, decisions: next.decisions, landed: this.writesLand };
  }

  /** The current observation of the controller. */
  observe(): Observation {
    const routes = [...this.splits.values()].map((split) => this.routeOf(split));
    const wallMs = this.nowMs + this.clockOffsetMs;
    return { routes, endpoints: this.#endpoints(), metrics: this.#metrics(routes), clusters: this.mirrors, written: this.#written, wallMs };
  }

  /** The route of a split: the same Route until its object changes, as in an informer. */
  routeOf(split: StorySplit): Route {
    const object = storyObject(split);
    const text = JSON.stringify(object);
    const known = this.#read.get(split);
    if (known?.text === text) return known.route;
    const route = codecOf(split.kind).read(object);
    this.#read.set(split, { text, route });
    return route;
  }

  #endpoints(): ReadonlyMap<string, Endpoints> {
    const counted = [...this.pods].map(([service, pods]) => [service, countPods(pods)] as const);
    return new Map<string, Endpoints>([...counted, ...this.uncounted]);
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
      clients: new Map([...suspectsOf(this.state)].map(([key, { windowMs }]) => [key, answer(this.#byClient(windowMs))])),
    };
  }

  #byClient(windowMs: number): ClientCounts {
    const byClient = [...this.#traffic.byClient(this.nowMs, windowMs)].map(([name, counts]) => [name, this.#seen(counts)] as const);
    return { windowMs, byClient: new Map(byClient) };
  }

  #clients(): readonly Client[] {
    if (this.rate <= 0) return [];
    const equal = Array.from({ length: this.clients }, (_, i) => ({
      name: `client-${i + 1}`,
      rate: this.rate / this.clients,
      fails: 0,
    })).filter(({ name }) => !this.namedClients.has(name));
    return [...equal, ...this.namedClients.values()];
  }

  #seen({ leaves, apexes, routes, backends = new Map() }: RequestCounts): RequestCounts {
    const visible = <T>(counts: ReadonlyMap<string, T>) => new Map([...counts].filter(([key]) => !this.unseen.has(key)));
    return { leaves: visible(leaves), apexes: visible(apexes), routes: visible(routes), backends: visible(backends) };
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
    const empty = !this.uncounted.has(key) && (this.pods.get(key)?.ready ?? 0) === 0;
    return empty ? { ...own, unreachable: true } : own;
  }

  #write(decision: Decision): void {
    this.#written.set(routeKey(decision.route), this.steadyMs);
    for (const split of this.splits.values()) {
      if (routeKey(this.routeOf(split)) !== routeKey(decision.route)) continue;
      const left = new Map(decision.desired.splits[0]?.backends.map(({ backend, spellings }) => [backend, [...spellings]]));
      // A Service that is listed twice has a weight for each of its entries.
      split.weights = split.weights.map(([backend, spelling]) => [backend, left.get(backend)?.shift() ?? spelling]);
      split.annotations = { ...split.annotations, [STATE_ANNOTATION]: writeMemory(decision.desired.memory) };
      split.version += 1;
      split.manager = "linkerd-failover";
    }
  }
}

import type { BaselineSource } from "../../routes/baseline.ts";
import type { Memory, Problem, Route, RouteRef } from "../../routes/route.ts";
import type { Rule, RuleSet } from "../../rules/ruleSet.ts";
import type { BackendReport } from "./backendReport.ts";
import { type BrakeState, NO_BRAKES_YET } from "./brakeState.ts";
import { type Clusters, NO_CLUSTERS } from "./cluster.ts";
import type { Metrics } from "./observation.ts";
import type { Reapplies } from "./reapply.ts";
import type { BackendReason, Brake } from "./reason.ts";
import type { SplitState, Survey } from "./survey.ts";
import type { WeightsSince } from "./weightHistory.ts";

/** The state between two ticks. It is never mutated: `step` returns a new one. */
export interface State {
  /** Time between two regular ticks. */
  readonly intervalMs: number;
  /** Our name in the annotations that we write. */
  readonly identity: string;
  /** By `routeKey`: all routes, as of the last regular tick. */
  readonly routes: ReadonlyMap<string, RouteState>;
  /** By `routeKey`: the routes that the ticks since then have changed; null: the route is gone. */
  readonly recent: ReadonlyMap<string, RouteState | null>;
  /** By `routeKey`: when a write that is held is due, if that is before the next regular tick. */
  readonly due: ReadonlyMap<string, number>;
  /** The rules of the last tick; null: there was none yet. */
  readonly rules: RuleSet | null;
  /** The answers of Prometheus at the last tick. */
  readonly metrics: Metrics | null;
  /** The Services that mirrored one of another cluster at the last tick, as in the observation. */
  readonly mirrors: ReadonlyMap<string, string>;
  readonly clusters: Clusters;
  readonly brakes: BrakeState;
  /** When the last tick was; null: there was none yet. */
  readonly lastMs: number | null;
  /** How far the wall clock was ahead of the clock that counts waits, at the last tick; absent: not at all. */
  readonly aheadMs?: number;
}

/** A route as judged at the last tick. The status page and the metrics show this. */
export interface RouteState {
  readonly ref: RouteRef;
  /** The rule that judges it; null where none does (`no-rule`, `unknown-rule`). */
  readonly rule: string | null;
  readonly primary: string;
  readonly firstSeenMs: number;
  readonly frozen: boolean;
  /** When the freeze ends; absent: not by itself, or there is none. */
  readonly frozenUntilMs?: number;
  readonly pinned: string | null;
  /** Live weights differ from the baseline. */
  readonly shifted: boolean;
  readonly problems: readonly Problem[];
  readonly splits: readonly SplitState[];
  readonly backends: ReadonlyMap<string, BackendReport>;
  /** The reasons that concern the whole route, or a pin. `reasonsOf` adds those of the backends. */
  readonly reasons: readonly BackendReason[];
  readonly brakes: readonly Brake[];
  /** The field manager that put the baseline back over our weights since the last tick, or before the first one; null: there is none. */
  readonly reappliedBy: string | null;
  readonly trace: RouteTrace;
}

/** Whether the live weights are a baseline that another writer put back over ours. */
export function isReapplied({ trace }: RouteState): boolean {
  return trace.source === "reapplied";
}

/** All reasons of a route: those that concern the whole of it first, then those of each backend. */
export function reasonsOf(route: RouteState): readonly BackendReason[] {
  const reasons: BackendReason[] = [...route.reasons];
  for (const [backend, { judgement, waits }] of route.backends) {
    for (const signal of [...judgement.hard, ...judgement.soft]) for (const reason of signal.reasons) reasons.push({ backend, reason });
    for (const reason of waits) reasons.push({ backend, reason });
  }
  return reasons;
}

/** What only the next tick needs. */
export interface RouteTrace {
  /** The memory last read from the live object. It stays when another writer removes the annotation. */
  readonly memory: Memory | null;
  readonly seenText: string | null;
  readonly source: BaselineSource;
  /** Shares of each backend over time, oldest first, as far back as the longest window needs. */
  readonly history: readonly WeightsSince[];
  readonly reapplies: Reapplies;
  /** The object that was evaluated last. */
  readonly route: Route;
  /** When a wait of its backends was counted last; null: every backend serves, so nothing is counted. */
  readonly countedMs: number | null;
  /** With the same object, endpoints, readings and rules, nothing changes before this time. */
  readonly restsUntilMs: number;
  /** Metrics had a value for a backend that carries load. */
  readonly measured: boolean;
  /** The rule that judged it; null where none did. */
  readonly judgedBy: Rule | null;
  /** The same object from tick to tick while nothing in it changes; null for a route that is left alone. */
  readonly survey: Survey | null;
}

/** The state before the first tick. */
export function initialState(intervalMs: number, identity: string): State {
  const nothing = { routes: new Map(), recent: new Map(), due: new Map(), rules: null, metrics: null, mirrors: new Map(), lastMs: null };
  return { intervalMs, identity, ...nothing, clusters: NO_CLUSTERS, brakes: NO_BRAKES_YET };
}

/** The state of one route; undefined: there is no such route. */
export function routeStateOf({ routes, recent }: Pick<State, "routes" | "recent">, key: string): RouteState | undefined {
  const known = recent.get(key);
  return known === undefined ? routes.get(key) : (known ?? undefined);
}

/** The same state with all routes in `routes`. */
export function withAllRoutes(state: State): State {
  if (state.recent.size === 0) return state;
  const routes = new Map(state.routes);
  for (const [key, route] of state.recent) {
    if (route === null) routes.delete(key);
    else routes.set(key, route);
  }
  return { ...state, routes, recent: new Map() };
}

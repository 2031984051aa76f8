import type { Metrics } from "../evaluator/model/observation.ts";
import { NO_SUSPECTS, type Suspects } from "../evaluator/model/suspects.ts";
import type { KubeApi } from "../kube/kubeApi.ts";
import type { Route, RouteCodec } from "../routes/route.ts";
import type { PrometheusName } from "../rules/prometheusName.ts";
import type { Questions } from "../rules/questions.ts";
import { ChangeLog } from "./changeLog.ts";
import { EndpointWatch } from "./endpointWatch.ts";
import { firstLists } from "./firstLists.ts";
import { isOwnWrite } from "./isOwnWrite.ts";
import type { Selector } from "./managed.ts";
import type { Observer, QueryCounts, WholeObservation } from "./observer.ts";
import type { PrometheusClient } from "./prometheus.ts";
import { readMetrics } from "./readMetrics.ts";
import { type Released, RouteWatch } from "./routeWatch.ts";
import { ScrapeFollower } from "./scrapeFollower.ts";
import { scopesOf } from "./watcher.ts";

export interface ObserverOptions {
  readonly kube: KubeApi;
  readonly codecs: readonly RouteCodec[];
  /** Null: metric signals are off. */
  readonly prometheus: PrometheusClient | null;
  /** A second one. The rules may ask it, too, and `prometheus` is then the fast one. */
  readonly mainPrometheus?: PrometheusClient | undefined;
  /** What the rules ask for, of all or of one of two. Called at each tick, because rules are reloaded. */
  questions(at?: PrometheusName): Questions;
  /** Replaces the default labels; null: the default labels. */
  readonly selector: Selector | null;
  /** Empty: all namespaces. */
  readonly watchNamespaces: readonly string[];
  /** Maximum number of managed routes in one namespace; absent: MAX_ROUTES_PER_NAMESPACE. */
  readonly maxRoutesPerNamespace?: number | undefined;
  /** Time between two ticks. An answer of Prometheus is used for a few ticks. */
  readonly intervalMs: number;
  /** Our name in the annotations that we write; absent: we write none. */
  readonly writer?: string;
  /** Routes or endpoints have changed in a way that may change a decision. Not called for a write of ours. */
  onChange(kind: "routes" | "endpoints"): void;
  /** A route is no longer managed. */
  onReleased(route: Route, why: Released): void;
  /** A monotonic clock. With a wall clock that is set back, a dead watch would be trusted for that much longer. */
  readonly clock: { nowMs(): number };
  /** A random number 0..1 that spreads retries. */
  random(): number;
}

const NONE_ASKED: QueryCounts = { success: 0, partial: 0, error: 0, timeout: 0 };

/** Creates the observer of one cluster and one Prometheus. It sends no request before `start`. */
export function createObserver(options: ObserverOptions): Observer {
  const shared = {
    ...{ kube: options.kube, namespaces: options.watchNamespaces },
    ...{ nowMs: () => options.clock.nowMs(), random: () => options.random() },
  };
  const endpoints = new EndpointWatch({
    ...shared,
    onChange: (keys) => {
      changes.note(keys);
      options.onChange("endpoints");
    },
  });
  const routes = new RouteWatch({
    ...shared,
    codecs: options.codecs,
    selector: options.selector,
    ...(options.maxRoutesPerNamespace !== undefined && { maxRoutesPerNamespace: options.maxRoutesPerNamespace }),
    onChange: (before, now) => {
      endpoints.use(before, now);
      changes.note([(now ?? before)?.key ?? ""]);
      // What we have written is evaluated at the next tick, whenever that is.
      if (!isOwnWrite(before, now, options.writer ?? "")) options.onChange("routes");
    },
    onReleased: (route, why) => options.onReleased(route, why),
  });
  const metrics = readMetrics(options);
  const follower = options.prometheus === null ? null : new ScrapeFollower({ ...options, prometheus: options.prometheus });

  const askMetrics = async (nowMs: number, suspects: Suspects): Promise<Metrics | null> => {
    const known = { routes: routes.all(), ...endpoints.remotes() };
    return metrics?.ask({ ...known, suspects }, nowMs) ?? null;
  };
  const lastMetrics = (nowMs: number): Metrics | null => metrics?.last(nowMs) ?? null;
  const changes = new ChangeLog({ routes, endpoints, lastMetrics });

  return {
    start: async (signal) => {
      signal.addEventListener("abort", () => metrics?.stop(), { once: true });
      await startWatches([routes, endpoints], options.watchNamespaces, signal);
    },
    observe: async (nowMs, from, suspects = NO_SUSPECTS): Promise<WholeObservation> => {
      // Prometheus first: the observation then includes what the watches delivered while the queries ran.
      const seen = from === "fresh" ? await askMetrics(nowMs, suspects) : lastMetrics(nowMs);
      return { routes: routes.all(), endpoints: endpoints.read(), metrics: seen, clusters: endpoints.remotes().clusters };
    },
    ask: async (nowMs, suspects) => {
      follower?.ask(nowMs);
      await askMetrics(nowMs, suspects);
    },
    nextAskMs: (lastMs) => follower?.nextMs(lastMs) ?? null,
    read: (nowMs, at, also = []) => changes.read(nowMs, at, also),
    noteWritten: (route, object) => routes.noteWritten(route, object),
    health: () => ({
      resources: [...routes.health(), ...endpoints.health()],
      prometheusUp: metrics?.up() ?? null,
      queries: options.prometheus?.counts() ?? NONE_ASKED,
      leftOut: routes.leftOut(),
    }),
  };
}

/** Resolves when the caches are filled. */
async function startWatches(
  watches: readonly (RouteWatch | EndpointWatch)[],
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const watch of watches) watch.start(signal);
  const listed = (scope: string | null) => Promise.all(watches.map((watch) => watch.listed(scope)));
  await firstLists(scopesOf(namespaces).map(listed), signal);
}

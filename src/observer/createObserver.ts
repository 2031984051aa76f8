import type { Metrics, Observation } from "../evaluator/model/observation.ts";
import type { KubeApi } from "../kube/kubeApi.ts";
import type { Route, RouteCodec } from "../routes/route.ts";
import type { Questions } from "../rules/questions.ts";
import { EndpointWatch } from "./endpointWatch.ts";
import type { Selector } from "./managed.ts";
import { MetricsReader } from "./metricsReader.ts";
import type { Observer } from "./observer.ts";
import type { PrometheusClient } from "./prometheus.ts";
import { type Released, RouteWatch } from "./routeWatch.ts";

export interface ObserverOptions {
  readonly kube: KubeApi;
  readonly codecs: readonly RouteCodec[];
  /** Null: metric signals are off. */
  readonly prometheus: PrometheusClient | null;
  /** What the rules ask for; read at each tick, since rules are reloaded. */
  questions(): Questions;
  /** Stands in for the default labels; null: they are used. */
  readonly selector: Selector | null;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
  /** Managed routes of one namespace at most; absent: a generous number. */
  readonly maxRoutesPerNamespace?: number | undefined;
  /** Time between two ticks: an answer of Prometheus is believed for a few of them. */
  readonly intervalMs: number;
  /** Something is different that a decision may depend on. */
  onChange(kind: "routes" | "endpoints"): void;
  /** A managed route is managed no more. */
  onReleased(route: Route, why: Released): void;
  /** Runs evenly: a wall clock that is set back would have a watch that is dead trusted for so much longer. */
  readonly clock: { nowMs(): number };
  /** 0..1, to spread retries. */
  random(): number;
}

/** The eyes over one cluster and one Prometheus. Nothing is sent before `start`. */
export function createObserver(options: ObserverOptions): Observer {
  const shared = {
    kube: options.kube,
    namespaces: options.watchNamespaces,
    nowMs: () => options.clock.nowMs(),
    random: () => options.random(),
  };
  const endpoints = new EndpointWatch({ ...shared, onChange: () => options.onChange("endpoints") });
  const routes = new RouteWatch({
    ...shared,
    codecs: options.codecs,
    selector: options.selector,
    ...(options.maxRoutesPerNamespace !== undefined && { maxRoutesPerNamespace: options.maxRoutesPerNamespace }),
    onChange: (before, now) => {
      endpoints.use(before, now);
      options.onChange("routes");
    },
    onReleased: (route, why) => options.onReleased(route, why),
  });
  const metrics = options.prometheus === null ? null : new MetricsReader(options.prometheus, options.intervalMs);

  const readMetrics = (reader: MetricsReader, wanted: "fresh" | "last", nowMs: number): Metrics | Promise<Metrics> => {
    const questions = options.questions();
    return wanted === "last"
      ? reader.last(questions, nowMs)
      : reader.ask({ routes: routes.all(), clusters: endpoints.clusters(), linked: endpoints.linked() }, questions, nowMs);
  };

  return {
    start: async (signal) => {
      signal.addEventListener("abort", () => metrics?.stop(), { once: true });
      await Promise.all([routes.start(signal), endpoints.start(signal)]);
    },
    observe: async (nowMs, wanted): Promise<Observation> => {
      // Prometheus first: what the watches saw while it was asked is then in the same observation.
      const seen = metrics === null ? null : await readMetrics(metrics, wanted, nowMs);
      return { routes: routes.all(), endpoints: endpoints.read(), metrics: seen, clusters: endpoints.clusters() };
    },
    saw: (route, object) => routes.saw(route, object),
    health: () => ({
      resources: [...routes.health(), ...endpoints.health()],
      prometheusUp: options.prometheus?.up() ?? null,
      queries: options.prometheus?.counts() ?? { success: 0, error: 0, timeout: 0 },
      leftOut: routes.leftOut(),
    }),
  };
}

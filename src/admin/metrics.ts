import { type Counter, collectDefaultMetrics, Registry } from "prom-client";
import type { Report } from "../controller/report.ts";
import type { Telemetry } from "../controller/telemetry.ts";
import type { Outcome } from "../evaluator/model/decision.ts";
import { BRAKES } from "../evaluator/model/reason.ts";
import { ROUTE_KINDS } from "../routes/route.ts";
import { fillGauges } from "./gauges.ts";
import { createInstruments } from "./instruments.ts";
import { type CountedSeries, RouteCounter } from "./routeCounter.ts";

type QueryOutcome = keyof Report["observer"]["queries"];

const WRITE_OUTCOMES = ["written", "conflict", "failed", "dryRun"] as const satisfies readonly Outcome["outcome"][];
const QUERY_OUTCOMES = ["success", "partial", "error", "timeout"] as const satisfies readonly QueryOutcome[];

/** Maximum number of field managers per route with their own series, because their names are arbitrary. */
const MANAGERS_OF_ROUTE = 5;

/** All metrics of one controller. */
export interface Metrics extends Telemetry {
  /** Counts a query to Prometheus. */
  readonly queried: (outcome: QueryOutcome, durationMs: number) => void;
  /** The exposition of all metrics. */
  readonly expose: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Creates the metrics in their own registry, so that several controllers can run in one process. */
export function createMetrics(report: () => Report): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { gauges, counters, histograms } = createInstruments(registry);
  for (const kind of ROUTE_KINDS) for (const outcome of WRITE_OUTCOMES) counters.writes_total.inc({ kind, outcome }, 0);
  for (const brake of BRAKES) counters.brakes_total.inc({ brake }, 0);
  for (const outcome of QUERY_OUTCOMES) counters.prometheus_queries_total.inc({ outcome }, 0);
  const routes = (): Report["state"]["routes"] => report().state.routes;
  const shifts = new RouteCounter(routes);
  const conflicts = new RouteCounter(routes, MANAGERS_OF_ROUTE);
  return {
    ticked: (durationMs) => histograms.tick_duration_seconds.observe(durationMs / 1_000),
    held: (brakes) => {
      for (const brake of brakes) counters.brakes_total.inc({ brake });
    },
    reapplied: (route, manager) => conflicts.add(route, { manager }),
    settled: ({ route, direction, cause }, { outcome }) => {
      counters.writes_total.inc({ kind: route.kind, outcome });
      if (outcome === "written") shifts.add(route, { direction, cause });
    },
    queried: (outcome, durationMs) => {
      counters.prometheus_queries_total.inc({ outcome });
      histograms.prometheus_query_duration_seconds.observe(durationMs / 1_000);
    },
    expose: async () => {
      const now = report();
      fillGauges(gauges, now);
      recount(counters.shifts_total, shifts.series());
      recount(counters.conflicts_total, conflicts.series());
      recount(
        counters.watch_restarts_total,
        now.observer.resources.map(({ resource, restarts }) => ({ labels: { resource }, count: restarts })),
      );
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

/** Replaces all series of a counter that is kept elsewhere. */
function recount(counter: Counter, series: readonly CountedSeries[]): void {
  counter.reset();
  for (const { labels, count } of series) counter.inc(labels, count);
}

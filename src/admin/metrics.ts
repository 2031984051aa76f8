import { collectDefaultMetrics, Registry } from "prom-client";
import type { Report } from "../controller/report.ts";
import type { Telemetry } from "../controller/telemetry.ts";
import type { Outcome } from "../evaluator/model/decision.ts";
import { BRAKES } from "../evaluator/model/reason.ts";
import { ROUTE_KINDS } from "../routes/route.ts";
import { fillGauges } from "./gauges.ts";
import { createInstruments } from "./instruments.ts";
import { isOfRoute, METRIC_PREFIX, METRICS, type RouteMetricName } from "./metricsTable.ts";
import { type Packed, pack, shared } from "./packed.ts";
import { RouteCounter } from "./routeCounter.ts";
import { routeLines } from "./routeFamilies.ts";
import { Totals } from "./totals.ts";

type QueryOutcome = keyof Report["observer"]["queries"];

const WRITE_OUTCOMES = ["written", "conflict", "failed", "dryRun"] as const satisfies readonly Outcome["outcome"][];
const QUERY_OUTCOMES = ["success", "partial", "error", "timeout"] as const satisfies readonly QueryOutcome[];

/** Maximum number of field managers per route with their own series, because their names are arbitrary. */
const MANAGERS_OF_ROUTE = 5;

/** All metrics of one controller. */
export interface Metrics extends Telemetry {
  /** Counts a query to Prometheus. */
  readonly queried: (outcome: QueryOutcome, durationMs: number) => void;
  /** The exposition of all metrics. Those who ask at the same time get the same one. */
  readonly expose: () => Promise<{ readonly contentType: string; readonly body: Packed }>;
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
  const byRoute: RouteCounters = { shifts_total: shifts, conflicts_total: conflicts };
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
    expose: shared(async () => {
      const now = report();
      fillGauges(gauges, now, await Totals.of(now.state.routes.values()));
      counters.watch_restarts_total.reset();
      for (const { resource, restarts } of now.observer.resources) counters.watch_restarts_total.inc({ resource }, restarts);
      const own = await registry.metrics();
      return { contentType: registry.contentType, body: await pack(exposition(own, now.state.routes, byRoute)) };
    }),
  };
}

type RouteCounters = Readonly<Record<RouteMetricName<"counter">, RouteCounter>>;

/**
 * The text of all metrics. prom-client would keep an object for each series, and would write all of them at once: those of routes
 * are made from the report instead, a few at a time.
 */
function* exposition(own: string, routes: Report["state"]["routes"], counters: RouteCounters): Generator<string> {
  yield own;
  for (const row of METRICS) {
    if (!isOfRoute(row)) continue;
    const name = METRIC_PREFIX + row.name;
    yield `\n# HELP ${name} ${row.help}\n# TYPE ${name} ${row.type}\n`;
    if (row.type === "counter") yield* counters[row.name].lines(name);
    else yield* routeLines(row.name, name, routes.values());
  }
}

/** Prefix of all metric names. */
export const METRIC_PREFIX = "linkerd_failover_";

interface MetricRow {
  /** Without the prefix. */
  readonly name: string;
  readonly type: "gauge" | "counter" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
}

const ROUTE = ["kind", "namespace", "route"] as const;
const BACKEND = [...ROUTE, "backend"] as const;

/** The only definition of our metrics. The registry and docs/metrics.md are derived from it. */
export const METRICS = [
  { name: "build_info", type: "gauge", labels: ["version"], help: "Always 1; the label has the version" },
  { name: "leader", type: "gauge", labels: [], help: "1 on the replica that writes; absent in a dry run" },
  { name: "routes", type: "gauge", labels: ["kind"], help: "Managed routes" },
  {
    name: "routes_left_out",
    type: "gauge",
    labels: ["namespace"],
    help: "Managed routes above the limit of their namespace, which are left alone; absent without such routes",
  },
  { name: "route_shifted", type: "gauge", labels: ROUTE, help: "1 while the weights differ from the baseline" },
  {
    name: "route_degraded",
    type: "gauge",
    labels: ROUTE,
    help: "1 while a backend that carries load is unfit, whatever keeps the load there: a freeze, a pin, a brake, or no better backend",
  },
  { name: "route_frozen", type: "gauge", labels: ROUTE, help: "1 while a freeze is in force" },
  { name: "route_pinned", type: "gauge", labels: ROUTE, help: "1 while a pin is in force" },
  { name: "route_problem", type: "gauge", labels: [...ROUTE, "problem"], help: "1 for each problem of a route" },
  { name: "backend_weight", type: "gauge", labels: [...BACKEND, "split"], help: "Live weight" },
  { name: "backend_baseline_weight", type: "gauge", labels: [...BACKEND, "split"], help: "Baseline weight, as the owner set it" },
  { name: "backend_phase", type: "gauge", labels: [...BACKEND, "phase"], help: "1 for the current phase of the backend, 0 for the others" },
  {
    name: "backend_success_rate",
    type: "gauge",
    labels: BACKEND,
    help: "Share of good requests in the window, 0 to 1; absent while it is unknown",
  },
  { name: "backend_requests", type: "gauge", labels: BACKEND, help: "Requests in the window; absent while they are unknown" },
  { name: "backend_ready_endpoints", type: "gauge", labels: BACKEND, help: "Ready endpoints; absent while they are unknown" },
  {
    name: "cluster_fit",
    type: "gauge",
    labels: ["cluster"],
    help: "0 while the gateway of a linked cluster is dead, 1 while it is alive; absent while it is unknown",
  },
  {
    name: "signals_lost",
    type: "gauge",
    labels: [],
    help: "1 while metric-driven moves are frozen because many routes lost their metrics at once",
  },
  { name: "shifts_total", type: "counter", labels: [...ROUTE, "direction", "cause"], help: "Shifts of weights, after the write succeeded" },
  { name: "writes_total", type: "counter", labels: ["kind", "outcome"], help: "Attempts to write weights" },
  {
    name: "conflicts_total",
    type: "counter",
    labels: [...ROUTE, "manager"],
    help: "Times another writer put the baseline back over the controller's weights",
  },
  { name: "brakes_total", type: "counter", labels: ["brake"], help: "Ticks in which a brake held a route" },
  {
    name: "readings",
    type: "gauge",
    labels: ["signal", "state"],
    help: "Backends by the state of their reading of a signal in the last tick",
  },
  {
    name: "prometheus_up",
    type: "gauge",
    labels: [],
    help: "1 if the last query was answered (of two Prometheus: by each that is asked), otherwise 0; absent before the first query",
  },
  {
    name: "prometheus_queries_total",
    type: "counter",
    labels: ["outcome"],
    help: "Queries to Prometheus: `success`, `partial` (it warned that the answer lacks something), `error`, `timeout`",
  },
  { name: "prometheus_query_duration_seconds", type: "histogram", labels: [], help: "Duration of a query to Prometheus" },
  { name: "tick_duration_seconds", type: "histogram", labels: [], help: "Duration of a tick, without writes" },
  { name: "last_tick_timestamp_seconds", type: "gauge", labels: [], help: "Time of the last tick; absent before the first tick" },
  {
    name: "watch_last_event_timestamp_seconds",
    type: "gauge",
    labels: ["resource"],
    help: "Time of the last message from the API server, the oldest of all watches of a resource; absent before the first message",
  },
  { name: "watch_restarts_total", type: "counter", labels: ["resource"], help: "Watches that did not end with a regular close" },
  {
    name: "config_last_reload_successful",
    type: "gauge",
    labels: [],
    help: "0 while the rules file is invalid and the previous rules stay in force, otherwise 1",
  },
  {
    name: "config_last_reload_success_timestamp_seconds",
    type: "gauge",
    labels: [],
    help: "Time at which the current rules were loaded",
  },
] as const satisfies readonly MetricRow[];

type Row = (typeof METRICS)[number];
type RouteRow = Extract<Row, { labels: readonly ["kind", "namespace", "route", ...string[]] }>;
/** The names of all metrics of one type that have series of each route. */
export type RouteMetricName<T extends MetricRow["type"]> = Extract<RouteRow, { type: T }>["name"];
/** The names of all other metrics of one type. */
export type MetricName<T extends MetricRow["type"]> = Exclude<Extract<Row, { type: T }>, RouteRow>["name"];

/** Whether a metric has series of each route. */
export function isOfRoute(row: Row): row is RouteRow {
  return ROUTE.every((name, i) => row.labels[i] === name);
}

/** The metrics as the table of docs/metrics.md. */
export function metricsDocs(): string {
  const rows = METRICS.map(({ name, type, labels, help }) => {
    const labelText = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${METRIC_PREFIX}${name}\` | ${type} | ${labelText} | ${help} |`;
  });
  return ["| metric | type | labels | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

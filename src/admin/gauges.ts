import type { Gauge } from "prom-client";
import type { Report } from "../controller/report.ts";
import { isDegraded } from "../evaluator/explain/isDegraded.ts";
import type { BackendReport } from "../evaluator/model/backendReport.ts";
import { readingsOf } from "../evaluator/model/judgement.ts";
import type { Reading } from "../evaluator/model/observation.ts";
import type { RouteState } from "../evaluator/model/state.ts";
import { PHASES, ROUTE_KINDS } from "../routes/route.ts";
import type { Instruments } from "./instruments.ts";

type Gauges = Instruments["gauges"];
type Labels = Readonly<Record<string, string>>;

/** All operators' queries are counted together, because the number of their names is not limited. */
const SIGNALS = ["readiness", "gateway", "successRate", "latency", "unanswered", "query"] as const;
const READING_STATES = ["value", "quiet", "missing", "failed"] as const satisfies readonly Reading["state"][];

/** Sets all gauges from the report, and removes the series of what no longer exists. */
export function fillGauges(gauges: Gauges, report: Report): void {
  for (const gauge of Object.values<Gauge>(gauges)) gauge.reset();
  gauges.build_info.set({ version: report.version }, 1);
  setOrRemove(gauges.leader, report.leader === null ? null : flag(report.leader));
  setOrRemove(gauges.last_tick_timestamp_seconds, seconds(report.lastTickMs));
  gauges.config_last_reload_successful.set(flag(report.reload.ok));
  gauges.config_last_reload_success_timestamp_seconds.set(report.reload.atMs / 1_000);
  fillObserver(gauges, report.observer);
  for (const [cluster, { gateway }] of report.state.clusters.byName) {
    if (gateway !== "unprobed" && gateway !== "unknown") gauges.cluster_fit.set({ cluster }, flag(gateway !== "dead"));
  }
  gauges.signals_lost.set(flag(report.state.brakes.signalLoss !== null));
  fillTotals(gauges, [...report.state.routes.values()]);
  for (const route of report.state.routes.values()) fillRoute(gauges, route);
}

function fillObserver(gauges: Gauges, { prometheusUp, resources, leftOut }: Report["observer"]): void {
  for (const [namespace, count] of leftOut) gauges.routes_left_out.set({ namespace }, count);
  setOrRemove(gauges.prometheus_up, prometheusUp === null ? null : flag(prometheusUp));
  for (const { resource, lastEventMs } of resources) {
    if (lastEventMs !== null) gauges.watch_last_event_timestamp_seconds.set({ resource }, lastEventMs / 1_000);
  }
}

function fillTotals(gauges: Gauges, routes: readonly RouteState[]): void {
  for (const kind of ROUTE_KINDS) gauges.routes.set({ kind }, 0);
  for (const signal of SIGNALS) for (const state of READING_STATES) gauges.readings.set({ signal, state }, 0);
  for (const { ref, backends } of routes) {
    gauges.routes.inc({ kind: ref.kind });
    for (const { judgement } of backends.values()) {
      for (const [signal, reading] of Object.entries(readingsOf(judgement))) {
        gauges.readings.inc({ signal: signal.startsWith("query ") ? "query" : signal, state: reading.state });
      }
    }
  }
}

function fillRoute(gauges: Gauges, route: RouteState): void {
  const { kind, namespace, name } = route.ref;
  const labels = { kind, namespace, route: name };
  gauges.route_shifted.set(labels, flag(route.shifted));
  gauges.route_degraded.set(labels, flag(isDegraded(route)));
  gauges.route_frozen.set(labels, flag(route.frozen));
  gauges.route_pinned.set(labels, flag(route.pinned !== null));
  for (const { problem } of route.problems) gauges.route_problem.set({ ...labels, problem }, 1);
  for (const { name: split, live, baseline } of route.splits) {
    for (const [backend, weight] of Object.entries(live)) gauges.backend_weight.set({ ...labels, backend, split }, weight);
    for (const [backend, weight] of Object.entries(baseline)) gauges.backend_baseline_weight.set({ ...labels, backend, split }, weight);
  }
  for (const backend of route.backends.values()) fillBackend(gauges, { ...labels, backend: backend.backend }, backend);
}

function fillBackend(gauges: Gauges, labels: Labels, { state, judgement }: BackendReport): void {
  for (const phase of PHASES) gauges.backend_phase.set({ ...labels, phase }, flag(state.phase === phase));
  if (judgement.readyEndpoints !== null) gauges.backend_ready_endpoints.set(labels, judgement.readyEndpoints);
  const rate = readingsOf(judgement)["successRate"];
  if (rate === undefined || !("total" in rate)) return;
  gauges.backend_requests.set(labels, rate.total);
  if (rate.total > 0) gauges.backend_success_rate.set(labels, rate.good / rate.total);
}

/** Sets a gauge without labels. It would be 0 if it were not removed for null. */
function setOrRemove(gauge: Gauge, value: number | null): void {
  if (value === null) gauge.remove();
  else gauge.set(value);
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}

function flag(is: boolean): 0 | 1 {
  return is ? 1 : 0;
}

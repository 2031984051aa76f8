import type { Gauge } from "prom-client";
import type { Report } from "../controller/report.ts";
import type { Reading } from "../evaluator/model/observation.ts";
import { ROUTE_KINDS } from "../routes/route.ts";
import type { Instruments } from "./instruments.ts";
import type { Totals } from "./totals.ts";

type Gauges = Instruments["gauges"];

const SIGNALS = ["readiness", "gateway", "successRate", "latency", "unanswered", "query"] as const;
const READING_STATES = ["value", "quiet", "missing", "failed"] as const satisfies readonly Reading["state"][];

/** Sets the gauges from the report, and removes the series of what no longer exists. */
export function fillGauges(gauges: Gauges, report: Report, totals: Totals): void {
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
  fillTotals(gauges, totals);
}

function fillObserver(gauges: Gauges, { prometheusUp, resources, leftOut }: Report["observer"]): void {
  for (const [namespace, count] of leftOut) gauges.routes_left_out.set({ namespace }, count);
  setOrRemove(gauges.prometheus_up, prometheusUp === null ? null : flag(prometheusUp));
  for (const { resource, lastEventMs } of resources) {
    if (lastEventMs !== null) gauges.watch_last_event_timestamp_seconds.set({ resource }, lastEventMs / 1_000);
  }
}

function fillTotals(gauges: Gauges, { routes, readings }: Totals): void {
  for (const kind of ROUTE_KINDS) gauges.routes.set({ kind }, routes.get(kind) ?? 0);
  for (const signal of SIGNALS) {
    for (const state of READING_STATES) gauges.readings.set({ signal, state }, readings.get(`${signal} ${state}`) ?? 0);
  }
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

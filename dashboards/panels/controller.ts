import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import { LineInterpolation } from "@grafana/grafana-foundation-sdk/common";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { metric, REPLICA } from "../metric.ts";
import { bars, graph, type Meanings, mapping, over, RATE, sheet, timeline } from "./kinds.ts";
import { quantile } from "./quantile.ts";
import { SOURCE } from "./scope.ts";

const LEADERSHIP: Meanings = { 0: { text: "not leading", color: "blue" }, 1: { text: "leader", color: "green" } };
const RULES: Meanings = { 0: { text: "rejected", color: "red" }, 1: { text: "in force", color: "green" } };
const REPLICA_NAME = "{{instance}}";

/** The state of the controller itself. */
export function controllerPanels(): readonly Builder<Panel>[] {
  return [
    sheet(
      "Replicas",
      "One replica leads and writes. The others evaluate the same routes and write nothing. In a dry run there is no leader.",
      12,
      ["instance", "version"],
      {
        Leadership: ofReplicas(metric("leader", SOURCE)),
        "Rules file": ofReplicas(metric("config_last_reload_successful", SOURCE)),
        "Rules loaded": `1000 * ${ofReplicas(metric("config_last_reload_success_timestamp_seconds", SOURCE))}`,
      },
    )
      .overrideByName("Leadership", [{ id: "mappings", value: [mapping(LEADERSHIP)] }])
      .overrideByName("Rules file", [{ id: "mappings", value: [mapping(RULES)] }])
      .overrideByName("Rules loaded", [{ id: "unit", value: "dateTimeAsIso" }]),
    timeline("Leader", "Which replica led when. A takeover moves no traffic.", 8, LEADERSHIP).withTarget(
      over(`max by (instance) (${metric("leader", SOURCE)})`, REPLICA_NAME),
    ),
    graph("Routes by kind", "All managed routes, whatever is selected above, and those left out because their namespace has too many.", 4)
      .min(0)
      .decimals(0)
      .withTarget(over(`max by (kind) (${metric("routes", SOURCE)})`, "{{kind}}"))
      .withTarget(over(`max by (namespace) (${metric("routes_left_out", SOURCE)})`, "left out in {{namespace}}", "B")),
    graph("Since the last tick", "At most the interval, unless the loop is stuck.", 8)
      .unit("s")
      .min(0)
      .withTarget(over(`max by (instance) (time() - ${metric("last_tick_timestamp_seconds", SOURCE)})`, REPLICA_NAME)),
    graph("Tick duration", "Time to evaluate all routes, without the wait for Prometheus.", 8)
      .unit("s")
      .min(0)
      .withTarget(over(quantile(0.5, "tick_duration_seconds"), "50 %"))
      .withTarget(over(quantile(0.99, "tick_duration_seconds"), "99 %", "B")),
    bars("Writes", "Attempts to write weights. After a conflict the route is evaluated again; a failed write is retried.", 8)
      .decimals(0)
      .withTarget(over(`sum by (outcome) (increase(${metric("writes_total", SOURCE)}[${RATE}]))`, "{{outcome}}")),
    graph(
      "Since the API server's last event",
      "On the watch that has been silent longest. The controller does not trust a watch that is silent too long.",
      8,
    )
      .unit("s")
      .min(0)
      .withTarget(over(`max by (resource) (time() - ${metric("watch_last_event_timestamp_seconds", SOURCE)})`, "{{resource}}")),
    bars("Broken watches", "A few are normal: the controller restarts them at once.", 8)
      .decimals(0)
      .withTarget(over(`sum by (resource) (increase(${metric("watch_restarts_total", SOURCE)}[${RATE}]))`, "{{resource}}")),
    graph("Memory", "Resident memory of each replica.", 4)
      .unit("bytes")
      .min(0)
      .lineInterpolation(LineInterpolation.Linear)
      .withTarget(over(ofOurs("process_resident_memory_bytes"), REPLICA_NAME)),
    graph("CPU", "CPU cores used by each replica.", 4)
      .min(0)
      .withTarget(over(ofOurs(`rate(process_cpu_seconds_total[${RATE}])`), REPLICA_NAME)),
  ];
}

/** A gauge of each replica, with the replica's version as a label. */
function ofReplicas(gauge: string): string {
  return `max by (instance, version) (${metric("build_info", SOURCE)} * on (${REPLICA}) group_left () ${gauge})`;
}

/** Keeps the series of our replicas; other processes export the same names. */
function ofOurs(series: string): string {
  return `max by (instance) (${series} and on (${REPLICA}) ${metric("build_info", SOURCE)})`;
}

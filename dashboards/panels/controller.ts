import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import { LineInterpolation } from "@grafana/grafana-foundation-sdk/common";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { metric, REPLICA } from "../metric.ts";
import { bars, graph, type Meanings, mapping, over, RATE, sheet, timeline } from "./kinds.ts";
import { quantile } from "./quantile.ts";

const STANDING: Meanings = { 0: { text: "stands by", color: "blue" }, 1: { text: "leads", color: "green" } };
const RULES: Meanings = { 0: { text: "rejected", color: "red" }, 1: { text: "in force", color: "green" } };
const REPLICA_NAME = "{{instance}}";

/** The controller itself. */
export function controllerPanels(): readonly Builder<Panel>[] {
  return [
    sheet(
      "Replicas",
      "One leads and writes; the others judge as it does and stand by. In a dry run nobody leads.",
      12,
      ["instance", "version"],
      {
        Standing: ofReplicas(metric("leader")),
        "Rules file": ofReplicas(metric("config_last_reload_successful")),
        "Rules loaded": `1000 * ${ofReplicas(metric("config_last_reload_success_timestamp_seconds"))}`,
      },
    )
      .overrideByName("Standing", [{ id: "mappings", value: [mapping(STANDING)] }])
      .overrideByName("Rules file", [{ id: "mappings", value: [mapping(RULES)] }])
      .overrideByName("Rules loaded", [{ id: "unit", value: "dateTimeAsIso" }]),
    timeline("Leader", "Who led when. A takeover moves nothing.", 8, STANDING).withTarget(
      over(`max by (instance) (${metric("leader")})`, REPLICA_NAME),
    ),
    graph("Routes by kind", "All that are managed, whatever is chosen above, and those beyond what their namespace may have.", 4)
      .min(0)
      .decimals(0)
      .withTarget(over(`max by (kind) (${metric("routes")})`, "{{kind}}"))
      .withTarget(over(`max by (namespace) (${metric("routes_left_out")})`, "left out in {{namespace}}", "B")),
    graph("Since the last look", "As old as the interval at most, unless the loop is stuck.", 8)
      .unit("s")
      .min(0)
      .withTarget(over(`max by (instance) (time() - ${metric("last_tick_timestamp_seconds")})`, REPLICA_NAME)),
    graph("Time of a look", "To look and think, without the answers of Prometheus.", 8)
      .unit("s")
      .min(0)
      .withTarget(over(quantile(0.5, "tick_duration_seconds"), "half of them"))
      .withTarget(over(quantile(0.99, "tick_duration_seconds"), "99 %", "B")),
    bars("Writes", "Attempts to write weights. After a conflict the route is looked at again, after a failure it is tried again.", 8)
      .decimals(0)
      .withTarget(over(`sum by (outcome) (increase(${metric("writes_total")}[${RATE}]))`, "{{outcome}}")),
    graph("Since the API server was heard", "On the watch that has been silent longest. A cluster that is not heard is not believed.", 8)
      .unit("s")
      .min(0)
      .withTarget(over(`max by (resource) (time() - ${metric("watch_last_event_timestamp_seconds")})`, "{{resource}}")),
    bars("Watches that broke", "Few are no trouble: they are begun again at once.", 8)
      .decimals(0)
      .withTarget(over(`sum by (resource) (increase(${metric("watch_restarts_total")}[${RATE}]))`, "{{resource}}")),
    graph("Memory", "Resident, by replica.", 4)
      .unit("bytes")
      .min(0)
      .lineInterpolation(LineInterpolation.Linear)
      .withTarget(over(ofOurs("process_resident_memory_bytes"), REPLICA_NAME)),
    graph("CPU", "Cores, by replica.", 4)
      .min(0)
      .withTarget(over(ofOurs(`rate(process_cpu_seconds_total[${RATE}])`), REPLICA_NAME)),
  ];
}

/** What each replica tells, with its version. */
function ofReplicas(gauge: string): string {
  return `max by (instance, version) (${metric("build_info")} * on (${REPLICA}) group_left () ${gauge})`;
}

/** What other processes tell by the same names is left out. */
function ofOurs(series: string): string {
  return `max by (instance) (${series} and on (${REPLICA}) ${metric("build_info")})`;
}

import { StackingConfigBuilder, StackingMode } from "@grafana/grafana-foundation-sdk/common";
import type * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { metric } from "../metric.ts";
import { graph, over, RATE } from "./kinds.ts";
import { quantile } from "./quantile.ts";

/** How much the controller knows. */
export function evidencePanels(): readonly timeseries.PanelBuilder[] {
  return [
    graph(
      "Readings",
      "Backends by what was read of each signal: a value, too few requests (quiet), no series (missing), no answer (failed).",
      12,
    )
      .min(0)
      .decimals(0)
      .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
      .fillOpacity(30)
      .withTarget(over(`max by (signal, state) (${metric("readings")}) > 0`, "{{signal}} {{state}}")),
    graph("Queries to Prometheus", "A second, by outcome, of all replicas.", 6)
      .unit("reqps")
      .min(0)
      .withTarget(over(`sum by (outcome) (rate(${metric("prometheus_queries_total")}[${RATE}]))`, "{{outcome}}")),
    graph("Time of a query", "An answer that takes longer than 80 % of the interval is for the next look.", 6)
      .unit("s")
      .min(0)
      .withTarget(over(quantile(0.5, "prometheus_query_duration_seconds"), "half of them"))
      .withTarget(over(quantile(0.99, "prometheus_query_duration_seconds"), "99 %", "B")),
  ];
}

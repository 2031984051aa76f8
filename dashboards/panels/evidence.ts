import { StackingConfigBuilder, StackingMode } from "@grafana/grafana-foundation-sdk/common";
import type * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { metric } from "../metric.ts";
import { graph, over, RATE } from "./kinds.ts";
import { quantile } from "./quantile.ts";
import { SOURCE } from "./scope.ts";

/** The readings, and the queries to Prometheus behind them. */
export function evidencePanels(): readonly timeseries.PanelBuilder[] {
  return [
    graph(
      "Readings",
      "Backends by signal and state of the reading: value, quiet (too few requests), missing (no series), failed (no answer).",
      12,
    )
      .min(0)
      .decimals(0)
      .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
      .fillOpacity(30)
      .withTarget(over(`max by (signal, state) (${metric("readings", SOURCE)}) > 0`, "{{signal}} {{state}}")),
    graph("Queries to Prometheus", "Per second, by outcome, all replicas together.", 6)
      .unit("reqps")
      .min(0)
      .withTarget(over(`sum by (outcome) (rate(${metric("prometheus_queries_total", SOURCE)}[${RATE}]))`, "{{outcome}}")),
    graph("Query duration", "An answer that takes longer than 80 % of the interval is used at the next tick.", 6)
      .unit("s")
      .min(0)
      .withTarget(over(quantile(0.5, "prometheus_query_duration_seconds"), "50 %"))
      .withTarget(over(quantile(0.99, "prometheus_query_duration_seconds"), "99 %", "B")),
  ];
}

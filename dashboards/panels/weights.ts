import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import { LineInterpolation } from "@grafana/grafana-foundation-sdk/common";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { BACKEND, metric, ROUTE } from "../metric.ts";
import { graph, type Meanings, over, timeline } from "./kinds.ts";
import { PHASE_MEANINGS, PHASE_OF_BACKENDS } from "./phases.ts";
import { ofTopRoutes, SCOPE, SOURCE } from "./scope.ts";

const ONE = "{{namespace}}/{{route}} {{backend}}";
const GATEWAYS: Meanings = { 0: { text: "dead", color: "red" }, 1: { text: "alive", color: "green" } };

/** Weights, phases and evidence of each backend over time. */
export function weightPanels(): readonly Builder<Panel>[] {
  return [
    graph(
      "Share of the traffic",
      "By live weight, for each split. Dashed: the baseline. As all graphs of this row: the routes that matter most.",
      12,
    )
      .unit("percentunit")
      .min(0)
      .max(1)
      .lineInterpolation(LineInterpolation.StepAfter)
      .withTarget(over(shareOf("backend_weight"), `${ONE} ({{split}})`))
      .withTarget(over(shareOf("backend_baseline_weight"), `${ONE} ({{split}}) baseline`, "B"))
      .overrideByQuery("B", [
        { id: "custom.lineStyle", value: { fill: "dash", dash: [6, 6] } },
        { id: "custom.fillOpacity", value: 0 },
      ]),
    graph("Success rate", "As the controller reads it, over the window of the route's rule. A gap means that it was unknown.", 12)
      .unit("percentunit")
      .max(1)
      .withTarget(over(ofTopRoutes(`min by (${BACKEND}) (${metric("backend_success_rate", SCOPE)})`), ONE)),
    timeline(
      "Phases",
      "serving, suspect (unfit, but not yet for failAfter), out (gets no traffic), returning (gets a small share).",
      24,
      PHASE_MEANINGS,
    ).withTarget(over(ofTopRoutes(PHASE_OF_BACKENDS), ONE)),
    graph("Requests in the window", "The requests behind the success rate. Below minRequests the success rate is not judged.", 8)
      .min(0)
      .withTarget(over(ofTopRoutes(`max by (${BACKEND}) (${metric("backend_requests", SCOPE)})`), ONE)),
    graph("Ready endpoints", "Absent if readiness does not apply, for example for mirrors without local endpoints.", 8)
      .min(0)
      .decimals(0)
      .lineInterpolation(LineInterpolation.StepAfter)
      .withTarget(over(ofTopRoutes(`min by (${BACKEND}) (${metric("backend_ready_endpoints", SCOPE)})`), ONE)),
    timeline(
      "Gateways of linked clusters",
      "A dead gateway makes every mirror of its cluster unfit. Absent while the state is unknown.",
      8,
      GATEWAYS,
    )
      .noValue("no linked cluster")
      .withTarget(over(`min by (cluster) (${metric("cluster_fit", { job: SOURCE.job })})`, "{{cluster}}")),
  ];
}

function shareOf(name: "backend_weight" | "backend_baseline_weight"): string {
  const weights = `max by (${BACKEND}, split) (${metric(name, SCOPE)})`;
  return ofTopRoutes(`${weights} / on (${ROUTE}, split) group_left () sum by (${ROUTE}, split) (${weights})`);
}

import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import { LineInterpolation } from "@grafana/grafana-foundation-sdk/common";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { BACKEND, metric, ROUTE } from "../metric.ts";
import { graph, type Meanings, over, timeline } from "./kinds.ts";
import { PHASE_MEANINGS, PHASE_OF_BACKENDS } from "./phases.ts";
import { SCOPE } from "./scope.ts";

const ONE = "{{namespace}}/{{route}} {{backend}}";
const GATEWAYS: Meanings = { 0: { text: "dead", color: "red" }, 1: { text: "alive", color: "green" } };

/** What became of each backend over time. */
export function weightPanels(): readonly Builder<Panel>[] {
  return [
    graph("Share of the traffic", "By the live weights, of each split; dashed as the owner wants it.", 12)
      .unit("percentunit")
      .min(0)
      .max(1)
      .lineInterpolation(LineInterpolation.StepAfter)
      .withTarget(over(shareOf("backend_weight"), `${ONE} ({{split}})`))
      .withTarget(over(shareOf("backend_baseline_weight"), `${ONE} ({{split}}) wanted`, "B"))
      .overrideByQuery("B", [
        { id: "custom.lineStyle", value: { fill: "dash", dash: [6, 6] } },
        { id: "custom.fillOpacity", value: 0 },
      ]),
    graph("Success rate", "As the controller judges it: in the window of the route's rule. A gap is a time in which nobody knew.", 12)
      .unit("percentunit")
      .max(1)
      .withTarget(over(`min by (${BACKEND}) (${metric("backend_success_rate", SCOPE)})`, ONE)),
    timeline(
      "Phases",
      "serving, suspect (looks bad, not yet long enough), out, returning (by small shares).",
      24,
      PHASE_MEANINGS,
    ).withTarget(over(PHASE_OF_BACKENDS, ONE)),
    graph("Requests in the window", "How much the success rate stands on; below minRequests it says nothing.", 8)
      .min(0)
      .withTarget(over(`max by (${BACKEND}) (${metric("backend_requests", SCOPE)})`, ONE)),
    graph("Ready endpoints", "Absent where readiness has nothing to say, as for mirrors without endpoints here.", 8)
      .min(0)
      .decimals(0)
      .lineInterpolation(LineInterpolation.StepAfter)
      .withTarget(over(`min by (${BACKEND}) (${metric("backend_ready_endpoints", SCOPE)})`, ONE)),
    timeline(
      "Gateways of linked clusters",
      "A dead one makes every mirror of its cluster unfit. Absent while nobody can tell.",
      8,
      GATEWAYS,
    )
      .noValue("no linked cluster")
      .withTarget(over(`min by (cluster) (${metric("cluster_fit")})`, "{{cluster}}")),
  ];
}

function shareOf(name: "backend_weight" | "backend_baseline_weight"): string {
  const weights = `max by (${BACKEND}, split) (${metric(name, SCOPE)})`;
  return `${weights} / on (${ROUTE}, split) group_left () sum by (${ROUTE}, split) (${weights})`;
}

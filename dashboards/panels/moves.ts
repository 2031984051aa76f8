import type * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { histogram, metric, REPLICA, ROUTE, risen } from "../metric.ts";
import { bars, graph, over, RATE } from "./kinds.ts";
import { SCOPE, SOURCE } from "./scope.ts";

/** PromQL for shifts by route, direction and cause; the annotations in the graphs use it, too. */
export const SHIFTS = `sum by (${ROUTE}, direction, cause) (${risen(metric("shifts_total", SCOPE), RATE)}) > 0`;

/** What moved, and what a brake held. */
export function movePanels(): readonly timeseries.PanelBuilder[] {
  return [
    bars("Shifts", "Writes of weights, by direction and cause.", 8)
      .decimals(0)
      .withTarget(over(SHIFTS, "{{namespace}}/{{route}} {{direction}}: {{cause}}")),
    graph("Routes held, by brake", "How many routes a brake held, averaged over the ticks; the maximum of all replicas.", 8)
      .min(0)
      .withTarget(over(heldRoutes(), "{{brake}}")),
    bars("Baseline put back by another writer", "A writer that keeps doing this works against the controller, see docs/gitops.md.", 8)
      .decimals(0)
      .noValue("none")
      .withTarget(
        over(`max by (${ROUTE}, manager) (${risen(metric("conflicts_total", SCOPE), RATE)}) > 0`, "{{namespace}}/{{route}} {{manager}}"),
      ),
  ];
}

/** PromQL for the routes held. `brakes_total` counts each held route at each tick, so it is divided by the ticks. */
function heldRoutes(): string {
  const ticks = `rate(${histogram("tick_duration_seconds", "count")}[${RATE}])`;
  return `max by (brake) (rate(${metric("brakes_total", SOURCE)}[${RATE}]) / on (${REPLICA}) group_left () ${ticks})`;
}

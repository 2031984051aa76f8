import type * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { histogram, metric, REPLICA, ROUTE, risen } from "../metric.ts";
import { bars, graph, over, RATE } from "./kinds.ts";
import { SCOPE } from "./scope.ts";

/** Shifts, in the words of their counter: also what the annotations over the graphs show. */
export const SHIFTS = `sum by (${ROUTE}, direction, cause) (${risen(metric("shifts_total", SCOPE), RATE)}) > 0`;

/** What moved, and what was held. */
export function movePanels(): readonly timeseries.PanelBuilder[] {
  return [
    bars("Shifts", "Weights that were written, by direction and cause.", 8)
      .decimals(0)
      .withTarget(over(SHIFTS, "{{namespace}}/{{route}} {{direction}}: {{cause}}")),
    graph("Routes held, by brake", "How many routes a brake held, on average of the looks. Every replica counts; the largest is shown.", 8)
      .min(0)
      .withTarget(over(heldRoutes(), "{{brake}}")),
    bars("Baseline put back by another writer", "Whoever does it again and again fights with the controller: docs/gitops.md.", 8)
      .decimals(0)
      .noValue("nobody does")
      .withTarget(
        over(`max by (${ROUTE}, manager) (${risen(metric("conflicts_total", SCOPE), RATE)}) > 0`, "{{namespace}}/{{route}} {{manager}}"),
      ),
  ];
}

/** `brakes_total` counts a route at each look: by looks it is a number of routes, whatever the interval. */
function heldRoutes(): string {
  const looks = `rate(${histogram("tick_duration_seconds", "count")}[${RATE}])`;
  return `max by (brake) (rate(${metric("brakes_total")}[${RATE}]) / on (${REPLICA}) group_left () ${looks})`;
}

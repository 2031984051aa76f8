import type * as stat from "@grafana/grafana-foundation-sdk/stat";
import type * as table from "@grafana/grafana-foundation-sdk/table";
import { BACKEND, metric, ROUTE, risen } from "../metric.ts";
import { servesEverywhere } from "../nothingFit.ts";
import { colours, type Meanings, mapping, RANGE, sheet, tile } from "./kinds.ts";
import { PHASE_MEANINGS, PHASE_OF_BACKENDS } from "./phases.ts";
import { SCOPE } from "./scope.ts";

const LOST: Meanings = { 0: { text: "no", color: "green" }, 1: { text: "lost", color: "red" } };
const ANSWERS: Meanings = { 0: { text: "no answer", color: "red" }, 1: { text: "answers", color: "green" } };
const SHIFTED = `max by (${ROUTE}) (${metric("route_shifted", SCOPE)}) == 1`;
/** Every weight of the routes that are shifted. */
const WEIGHTS = `max by (${BACKEND}, split) (${metric("backend_weight", SCOPE)}) and on (${ROUTE}) (${SHIFTED})`;

/** What is so at this moment: how many routes are shifted, which, why, and how their backends look. */
export function nowTiles(): readonly stat.PanelBuilder[] {
  const none = { value: null, color: "green" } as const;
  return [
    tile(
      "Managed routes",
      "In the namespaces and routes that are chosen above.",
      `count(max by (${ROUTE}) (${metric("route_shifted", SCOPE)})) or vector(0)`,
    ).thresholds(colours({ value: null, color: "blue" })),
    tile("Shifted", "Routes whose weights differ from those that their owners want.", `count(${SHIFTED}) or vector(0)`).thresholds(
      colours(none, { value: 1, color: "orange" }),
    ),
    tile(
      "Nothing fit",
      "Routes with a split of whose backends none serves: no shift can help them.",
      `count(${servesEverywhere(SCOPE)} == 0) or vector(0)`,
    ).thresholds(colours(none, { value: 1, color: "red" })),
    tile(
      "Signals",
      "Whether many routes have lost their metrics at once; then metrics move nothing.",
      `max(${metric("signals_lost")})`,
    ).mappings([mapping(LOST)]),
    tile("Prometheus", "Whether the last query of every replica was answered.", `min(${metric("prometheus_up")})`)
      .mappings([mapping(ANSWERS)])
      .noValue("not asked"),
    tile("Leaders", "Replicas that write: one, or none in a dry run.", `sum(${metric("leader")})`)
      .thresholds(colours({ value: null, color: "red" }, { value: 1, color: "green" }, { value: 2, color: "red" }))
      .noValue("dry run"),
  ];
}

/** The rows behind the tiles. */
export function nowSheets(): readonly table.PanelBuilder[] {
  return [
    sheet(
      "Shifted now",
      "The backends of every route that is shifted, and what is seen of them. What is unknown is empty.",
      24,
      ["kind", "namespace", "route", "split", "backend"],
      {
        Weight: WEIGHTS,
        Baseline: `max by (${BACKEND}, split) (${metric("backend_baseline_weight", SCOPE)}) and on (${ROUTE}) (${SHIFTED})`,
        Phase: forEachSplit(PHASE_OF_BACKENDS),
        Ready: forEachSplit(`min by (${BACKEND}) (${metric("backend_ready_endpoints", SCOPE)})`),
        "Success rate": forEachSplit(`min by (${BACKEND}) (${metric("backend_success_rate", SCOPE)})`),
        Requests: forEachSplit(`max by (${BACKEND}) (${metric("backend_requests", SCOPE)})`),
      },
    )
      .noValue("nothing is shifted")
      .overrideByName("Phase", [{ id: "mappings", value: [mapping(PHASE_MEANINGS)] }])
      .overrideByName("Success rate", [
        { id: "unit", value: "percentunit" },
        { id: "decimals", value: 1 },
      ]),
    sheet("Why", "What moved traffic in the time that is shown, and how often.", 12, ["kind", "namespace", "route", "direction", "cause"], {
      Shifts: `round(sum by (${ROUTE}, direction, cause) (${risen(metric("shifts_total", SCOPE), RANGE)})) > 0`,
    }).noValue("no traffic was moved"),
    sheet(
      "Problems",
      "What the owners of routes should know; the log and the Events tell more.",
      12,
      ["kind", "namespace", "route", "problem"],
      {
        "Seen by replicas": `count by (${ROUTE}, problem) (${metric("route_problem", SCOPE)})`,
      },
    ).noValue("no problems"),
  ];
}

/** What is known of a backend, for each split in which it is: all columns of a row must have the same labels. */
function forEachSplit(ofBackends: string): string {
  return `(${WEIGHTS}) * 0 + on (${BACKEND}) group_left () ${ofBackends}`;
}

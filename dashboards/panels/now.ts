import type * as stat from "@grafana/grafana-foundation-sdk/stat";
import type * as table from "@grafana/grafana-foundation-sdk/table";
import { BACKEND, metric, ROUTE, risen } from "../metric.ts";
import { servesEverywhere } from "../nothingFit.ts";
import { colours, type Meanings, mapping, RANGE, sheet, tile } from "./kinds.ts";
import { PHASE_MEANINGS, PHASE_OF_BACKENDS } from "./phases.ts";
import { SCOPE, SOURCE } from "./scope.ts";

const LOST: Meanings = { 0: { text: "no", color: "green" }, 1: { text: "lost", color: "red" } };
const YES: Meanings = { 0: { text: "no", color: "text" }, 1: { text: "yes", color: "yellow" } };
const ANSWERS: Meanings = { 0: { text: "no answer", color: "red" }, 1: { text: "answers", color: "green" } };
const DEGRADED = `max by (${ROUTE}) (${metric("route_degraded", SCOPE)}) == 1`;
const SHIFTED = `max by (${ROUTE}) (${metric("route_shifted", SCOPE)}) == 1`;
/** The weights of all backends of shifted routes. */
const WEIGHTS = `max by (${BACKEND}, split) (${metric("backend_weight", SCOPE)}) and on (${ROUTE}) (${SHIFTED})`;

/** The current state in numbers: managed and shifted routes, signals, Prometheus, leaders. */
export function nowTiles(): readonly stat.PanelBuilder[] {
  const none = { value: null, color: "green" } as const;
  return [
    tile(
      "Users failing",
      "Routes in which a backend that carries load is unfit, whatever keeps the load there.",
      `count(${DEGRADED}) or vector(0)`,
    ).thresholds(colours(none, { value: 1, color: "red" })),
    tile("Shifted", "Routes whose live weights differ from the baseline.", `count(${SHIFTED}) or vector(0)`).thresholds(
      colours(none, { value: 1, color: "orange" }),
    ),
    tile(
      "Nothing fit",
      "Routes with a split in which no backend serves. No shift can help them.",
      `count(${servesEverywhere(SCOPE)} == 0) or vector(0)`,
    ).thresholds(colours(none, { value: 1, color: "red" })),
    tile(
      "Frozen or pinned",
      "Routes that an owner holds: health does not decide where their traffic goes.",
      `count(max by (${ROUTE}) (${metric("route_frozen", SCOPE)} + ${metric("route_pinned", SCOPE)}) > 0) or vector(0)`,
    ).thresholds(colours(none, { value: 1, color: "yellow" })),
    tile(
      "Signals",
      "Whether many routes lost their metrics at once. While they are lost, metrics move no traffic.",
      `max(${metric("signals_lost", SOURCE)})`,
    ).mappings([mapping(LOST)]),
    tile("Prometheus", "Whether Prometheus answered the last query of every replica.", `min(${metric("prometheus_up", SOURCE)})`)
      .mappings([mapping(ANSWERS)])
      .noValue("not queried"),
    tile("Leaders", "Replicas that write. There must be one; in a dry run there is none.", `sum(${metric("leader", SOURCE)})`)
      .thresholds(colours({ value: null, color: "red" }, { value: 1, color: "green" }, { value: 2, color: "red" }))
      .noValue("dry run"),
    tile(
      "Managed routes",
      "In the namespaces and routes selected above.",
      `count(max by (${ROUTE}) (${metric("route_shifted", SCOPE)})) or vector(0)`,
    ).thresholds(colours({ value: null, color: "blue" })),
  ];
}

/** The current state as tables: shifted routes, causes, problems. */
export function nowSheets(): readonly table.PanelBuilder[] {
  return [
    sheet(
      "Users failing now",
      "Routes in which a backend that carries load is unfit, and what an owner holds there. `explain` has the rest.",
      24,
      ["kind", "namespace", "route"],
      {
        Frozen: `max by (${ROUTE}) (${metric("route_frozen", SCOPE)}) and on (${ROUTE}) (${DEGRADED})`,
        Pinned: `max by (${ROUTE}) (${metric("route_pinned", SCOPE)}) and on (${ROUTE}) (${DEGRADED})`,
        "Fewest ready endpoints": `min by (${ROUTE}) (${metric("backend_ready_endpoints", SCOPE)}) and on (${ROUTE}) (${DEGRADED})`,
        "Worst success rate": `min by (${ROUTE}) (min by (${BACKEND}) (${metric("backend_success_rate", SCOPE)}) and on (${BACKEND}) (sum by (${BACKEND}) (${metric("backend_weight", SCOPE)}) > 0)) and on (${ROUTE}) (${DEGRADED})`,
      },
    )
      .noValue("no route")
      .overrideByName("Frozen", [{ id: "mappings", value: [mapping(YES)] }])
      .overrideByName("Pinned", [{ id: "mappings", value: [mapping(YES)] }])
      .overrideByName("Worst success rate", [
        { id: "unit", value: "percentunit" },
        { id: "decimals", value: 1 },
      ]),
    sheet(
      "Shifted now",
      "The backends of every shifted route and their evidence. Unknown values are empty.",
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
    sheet(
      "Why",
      "What moved traffic in the selected time range, and how often.",
      12,
      ["kind", "namespace", "route", "direction", "cause"],
      {
        Shifts: `round(sum by (${ROUTE}, direction, cause) (${risen(metric("shifts_total", SCOPE), RANGE)})) > 0`,
      },
    ).noValue("no traffic was moved"),
    sheet(
      "Problems",
      "Problems that owners of routes should fix. The log and the Events have details.",
      12,
      ["kind", "namespace", "route", "problem"],
      {
        "Seen by replicas": `count by (${ROUTE}, problem) (${metric("route_problem", SCOPE)})`,
      },
    ).noValue("no problems"),
  ];
}

/** Repeats a backend's value for each of its splits, because all columns of a row must have the same labels. */
function forEachSplit(ofBackends: string): string {
  return `(${WEIGHTS}) * 0 + on (${BACKEND}) group_left () ${ofBackends}`;
}

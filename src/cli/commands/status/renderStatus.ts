import { stripVTControlCharacters } from "node:util";
import { sameSharesOf } from "../../../evaluator/model/sameShares.ts";
import { formatDuration } from "../../../rules/duration.ts";
import { formatShare } from "../../../rules/share.ts";
import { printableLine } from "../../output/printable.ts";
import { type Cell, renderTable } from "../../output/table.ts";
import type { Colour, TextStyle } from "../../output/textStyle.ts";
import { wrap } from "../../output/wrap.ts";
import type { RouteStatus } from "./routeStatus.ts";
import { SEVERITIES, type Severity } from "./severity.ts";

const COLOURS: Readonly<Record<Severity, Colour | null>> = {
  ...{ failing: "bad", shifted: "warning", returning: "warning", attention: "warning", baseline: null, healthy: "good" },
};

/** How to show routes as a table. */
export interface TableForm {
  readonly wide: boolean;
  /** Routes of several namespaces. */
  readonly namespaces: boolean;
  /** The controller answered, so success rates can be shown. */
  readonly rates: boolean;
}

interface Column {
  readonly title: string;
  readonly cell: (route: RouteStatus, nowMs: number) => Cell;
}

const NAMESPACE: Column = { title: "NAMESPACE", cell: ({ namespace }) => namespace };
const ROUTE: Column = { title: "ROUTE", cell: ({ kind, name }) => `${lowerKind(kind)}/${name}` };
const STATE: Column = { title: "STATE", cell: ({ severity }) => ({ text: severity, colour: COLOURS[severity] }) };
const SUCCESS: Column = { title: "SUCCESS", cell: ({ successRate: rate }) => (rate === null ? "–" : percent(rate.good / rate.total)) };
const TRAFFIC: Column = { title: "TRAFFIC", cell: ({ splits }) => sharesOf(splits.map(({ name, weights }) => ({ name, weights }))) };
const NOTES: Column = { title: "NOTES", cell: (route, nowMs) => notesOn(route, nowMs).join(", ") };
const WIDE: readonly Column[] = [
  { title: "BASELINE", cell: ({ splits }) => sharesOf(splits.map(({ name, baseline }) => ({ name, weights: baseline }))) },
  { title: "PRIMARY", cell: ({ primary }) => primary || "–" },
  { title: "RULE", cell: ({ rule }) => rule ?? "–" },
];

const NOTES_INDENT = "    ";

/** A table with one line per route. Notes that do not fit beside it are below their route, so that nothing of them is lost. */
export function renderStatus(
  routes: readonly RouteStatus[],
  nowMs: number,
  style: TextStyle,
  { wide, namespaces, rates }: TableForm,
): string {
  const columns = [...(namespaces ? [NAMESPACE] : []), ROUTE, STATE, ...(rates ? [SUCCESS] : []), TRAFFIC, ...(wide ? WIDE : [])];
  const render = (shown: readonly Column[], width: number): string =>
    renderTable(
      shown.map(({ title }) => title),
      routes.map((route) => shown.map(({ cell }) => cell(route, nowMs))),
      { ...style, tableColumns: width },
    );
  const full = render([...columns, NOTES], Number.POSITIVE_INFINITY);
  const width = style.tableColumns ?? style.columns;
  if (wide || fits(full, width)) return full;
  const [head = "", ...lines] = render(columns, width).trimEnd().split("\n");
  return `${[head, ...lines.flatMap((line, i) => [line, ...noteLines(routes[i], nowMs, width)])].join("\n")}\n`;
}

function fits(table: string, width: number): boolean {
  return table.split("\n").every((line) => [...stripVTControlCharacters(line)].length <= width);
}

function noteLines(route: RouteStatus | undefined, nowMs: number, width: number): readonly string[] {
  const notes = route === undefined ? [] : notesOn(route, nowMs);
  if (notes.length === 0) return [];
  return wrap(printableLine(notes.join(", ")), width - NOTES_INDENT.length).map((line) => NOTES_INDENT + line);
}

/** `500 routes: 1 failing, 2 shifted, 497 healthy`. */
export function summaryOf(routes: readonly RouteStatus[]): string {
  const counts = SEVERITIES.map((severity) => ({ severity, count: routes.filter((route) => route.severity === severity).length }));
  const parts = counts.filter(({ count }) => count > 0).map(({ severity, count }) => `${count} ${severity}`);
  return `${routes.length} ${routes.length === 1 ? "route" : "routes"}: ${parts.join(", ")}`;
}

/** `httproute.policy.linkerd.io` */
function lowerKind(kind: string): string {
  return kind.replace(/^\w+/, (word) => word.toLowerCase());
}

/** Rounded down, so that only what is whole says 100 %. */
function percent(share: number): string {
  return `${(Math.floor(share * 1_000) / 10).toFixed(1)}%`;
}

/** `web 5%, web-east 95%`; per split where the splits differ. */
function sharesOf(splits: readonly { readonly name: string; readonly weights: Readonly<Record<string, number>> }[]): string {
  const [first] = splits;
  if (first === undefined) return "–";
  if (splits.every(({ weights }) => sameSharesOf(weights, first.weights))) return sharesOfOne(first.weights);
  return splits.map(({ name, weights }) => `${name}: ${sharesOfOne(weights)}`).join("; ");
}

function sharesOfOne(weights: Readonly<Record<string, number>>): string {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  const shares = Object.entries(weights).filter(([, weight]) => weight > 0);
  return shares.length === 0 ? "–" : shares.map(([backend, weight]) => `${backend} ${formatShare(weight / sum, 1)}`).join(", ");
}

/** The most important first: a long list is cut. */
function notesOn(route: RouteStatus, nowMs: number): readonly string[] {
  const { problems, frozen, frozenUntil, pinned, backends, brakes, services, degraded } = route;
  const unfit = backends.filter(({ unfitBy }) => unfitBy.length > 0);
  const failing = degraded === true ? unfit.filter(({ backend }) => services.includes(backend)) : [];
  const others = unfit.filter((backend) => backend.phase === "serving" && !failing.includes(backend));
  const isUnfit = ({ backend, unfitBy }: RouteStatus["backends"][number]) => `${backend} unfit (${unfitBy.join(", ")})`;
  return [
    ...(frozen ? [`frozen${frozenUntil === null ? "" : ` until ${frozenUntil}`}`] : []),
    ...(pinned === null ? [] : [`pinned to ${pinned.backend}${pinned.until === null ? "" : ` until ${pinned.until}`}`]),
    ...failing.map(isUnfit),
    ...brakes.filter((brake) => brake !== "frozen").map((brake) => `held by ${brake}`),
    ...problems.map(({ problem }) => problem),
    ...others.map(isUnfit),
    ...backends.filter((backend) => backend.phase !== "serving" && !failing.includes(backend)).map((backend) => phaseOf(backend, nowMs)),
  ];
}

function phaseOf({ backend, phase, since, cause, unfitBy }: RouteStatus["backends"][number], nowMs: number): string {
  const forMs = since === null ? null : Math.max(0, nowMs - Date.parse(since));
  const time = forMs === null ? "" : ` for ${formatDuration(Math.round(forMs / 1_000) * 1_000)}`;
  const why = phase === "suspect" ? unfitBy.join(", ") : (cause ?? "");
  return `${backend} ${phase}${time}${why === "" ? "" : ` (${why})`}`;
}

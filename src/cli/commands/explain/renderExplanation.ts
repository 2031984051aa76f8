import { formatDuration } from "../../../rules/duration.ts";
import { coloured, type Paper } from "../../output/paper.ts";
import { printableLine } from "../../output/printable.ts";
import { wrap } from "../../output/wrap.ts";
import type { BackendView, RouteView } from "./routeView.ts";

/** Decisions that are told; the API has more. */
const DECISIONS_SHOWN = 5;
/** Reasons of these kinds concern the whole route where every backend has them. */
const OF_THE_ROUTE = ["brake", "spill", "warm"];

/** The whole route for a person: what it does, why, what it waits for, and what would change it. */
export function renderExplanation(route: RouteView, source: string, nowMs: number, paper: Paper): string {
  const shared = sharedReasons(route.backends);
  const lines = [
    `${route.kind}/${route.namespace}/${route.name}`,
    ...indented(standing(route), "  ", paper),
    ...indented(source, "  ", paper),
    ...route.problems.flatMap((problem) => indented(`problem ${problem}`, "  ", paper)),
    ...shared.flatMap((text) => indented(text, "  ", paper)),
    ...route.backends.flatMap((backend) => ["", ...backendLines(backend, shared, nowMs, paper)]),
    ...decisionLines(route, paper),
  ];
  return `${lines.join("\n")}\n`;
}

function standing({ shifted, rule, primary, frozen, pinned }: RouteView): string {
  return [
    shifted ? "shifted" : "at its baseline",
    rule === null ? "no rule judges it" : `rule ${rule}`,
    `primary ${primary}`,
    ...(frozen ? ["frozen"] : []),
    ...(pinned === null ? [] : [`pinned to ${pinned}`]),
  ].join(", ");
}

function sharedReasons(backends: readonly BackendView[]): readonly string[] {
  const [first, ...others] = backends;
  const candidates = (first?.reasons ?? []).filter(({ kind }) => OF_THE_ROUTE.includes(kind)).map(({ text }) => text);
  if (others.length === 0) return [];
  return [...new Set(candidates)].filter((text) => others.every(({ reasons }) => reasons.some((reason) => reason.text === text)));
}

function backendLines(backend: BackendView, shared: readonly string[], nowMs: number, paper: Paper): readonly string[] {
  const { phase, verdict, weights, reasons, outlook } = backend;
  const several = weights.length > 1;
  const weight = weights.map((own) => `${own.weight} of baseline ${own.baseline}${several ? ` in ${own.split}` : ""}`).join(", ");
  const head = `${backend.backend}: weight ${weight}; ${phase === null ? "not judged" : `${phase}${sinceText(backend, nowMs)}, ${verdict}`}`;
  const colour = phase === "out" ? "bad" : phase === "serving" || phase === null ? "good" : "odd";
  const own = reasons.filter(({ text }) => !shared.includes(text));
  return [
    ...hanging(head, "", paper).map((line) => coloured(line, colour, paper)),
    ...own.flatMap(({ text }) => hanging(text, "  ", paper)),
    ...outlook.flatMap((text) => hanging(`→ ${text}`, "  ", paper)),
  ];
}

function sinceText({ since }: BackendView, nowMs: number): string {
  const sinceMs = since === null ? Number.NaN : Date.parse(since);
  return Number.isNaN(sinceMs) ? "" : ` for ${formatDuration(Math.round(Math.max(0, nowMs - sinceMs) / 1_000) * 1_000)}`;
}

function decisionLines({ decisions }: RouteView, paper: Paper): readonly string[] {
  if (decisions.length === 0) return [];
  const lines = decisions
    .slice(0, DECISIONS_SHOWN)
    .flatMap(({ at, what, moves, outcome }) => hanging(`${at}  ${what}, ${outcome}: ${moves}`, "  ", paper));
  return ["", "last decisions, by the controller's clock", ...lines];
}

function indented(text: string, indent: string, { columns }: Paper): readonly string[] {
  return wrap(printableLine(text), columns - indent.length).map((line) => indent + line);
}

/** The first line begins further left than those that it is continued on. */
function hanging(text: string, indent: string, { columns }: Paper): readonly string[] {
  const lines = wrap(printableLine(text), columns - indent.length - 2);
  return lines.map((line, i) => `${indent}${i === 0 ? "" : "  "}${line}`);
}

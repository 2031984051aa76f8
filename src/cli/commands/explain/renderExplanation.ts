import { formatDuration } from "../../../rules/duration.ts";
import { printableLine } from "../../output/printable.ts";
import { isStandby } from "../../output/standby.ts";
import { coloured, type TextStyle } from "../../output/textStyle.ts";
import { wrap } from "../../output/wrap.ts";
import type { RouteEvent } from "./routeEvents.ts";
import type { BackendView, RouteView } from "./routeView.ts";

/** The newest decisions; the API has more. */
const DECISIONS_SHOWN = 5;
/** A reason of these kinds is shown once, for the route, if every backend has it. */
const OF_THE_ROUTE = ["brake", "spill", "warm"];

/** A route as text for people: its weights, the reasons for them, what it waits for, and what would change it. */
export function renderExplanation(
  route: RouteView,
  {
    source,
    events = [],
    nowMs,
    style,
  }: { readonly source: string; readonly events?: readonly RouteEvent[]; readonly nowMs: number; readonly style: TextStyle },
): string {
  const shared = sharedReasons(route.backends);
  const lines = [
    `${route.kind}/${route.namespace}/${route.name}`,
    ...indented(routeSummary(route), "  ", style),
    ...indented(source, "  ", style),
    ...route.problems.flatMap((problem) => indented(`problem ${problem}`, "  ", style)),
    ...shared.flatMap((text) => indented(text, "  ", style)),
    ...route.backends.flatMap((backend) => ["", ...backendLines(backend, shared, nowMs, style)]),
    ...decisionLines(route, style),
    ...eventLines(events, style),
  ];
  return `${lines.join("\n")}\n`;
}

function routeSummary({ shifted, rule, primary, frozen, pinned }: RouteView): string {
  return [
    shifted ? "shifted" : "at its baseline",
    rule === null ? "no rule applies" : `rule ${rule}`,
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

function backendLines(backend: BackendView, shared: readonly string[], nowMs: number, style: TextStyle): readonly string[] {
  const { phase, verdict, weights, reasons, outlook } = backend;
  const several = weights.length > 1;
  const weight = weights.map((own) => `${own.weight} of baseline ${own.baseline}${several ? ` in ${own.split}` : ""}`).join(", ");
  const head = `${backend.backend}: weight ${weight}; ${phase === null ? "not judged" : `${phaseText(backend, nowMs)}, ${verdict}`}`;
  const colour = phase === "out" ? "bad" : phase === "serving" || phase === null ? "good" : "warning";
  const own = reasons.filter(({ text }) => !shared.includes(text));
  return [
    ...hanging(head, "", style).map((line) => coloured(line, colour, style)),
    ...own.flatMap(({ text }) => hanging(text, "  ", style)),
    ...outlook.flatMap((text) => hanging(`→ ${text}`, "  ", style)),
  ];
}

/** `out for 1m30s`. A standby may have had weight before, so no time is shown. */
function phaseText(backend: BackendView, nowMs: number): string {
  const weights = backend.weights.map(({ weight, baseline }) => ({ weight: Number(weight), baseline: Number(baseline) }));
  return isStandby(backend.phase, weights) ? "standby" : `${backend.phase}${sinceText(backend, nowMs)}`;
}

function sinceText({ since }: BackendView, nowMs: number): string {
  const sinceMs = since === null ? Number.NaN : Date.parse(since);
  return Number.isNaN(sinceMs) ? "" : ` for ${formatDuration(Math.round(Math.max(0, nowMs - sinceMs) / 1_000) * 1_000)}`;
}

/** The last decisions; what was seen then is shown for the newest one, and for the newest failover. */
function decisionLines({ decisions }: RouteView, style: TextStyle): readonly string[] {
  if (decisions.length === 0) return [];
  const newest = decisions.slice(0, DECISIONS_SHOWN);
  const failover = decisions.find(({ what }) => what.startsWith("failover"));
  const shown = failover === undefined || newest.includes(failover) ? newest : [...newest, failover];
  const lines = shown.flatMap((decision, i) => {
    const { at, what, moves, outcome, evidence } = decision;
    const seen = i === 0 || decision === failover ? evidence : [];
    return [
      ...hanging(`${at}  ${what}, ${outcome}: ${moves}`, "  ", style),
      ...seen.flatMap((text) => hanging(`seen then: ${text}`, "    ", style)),
    ];
  });
  return ["", "last decisions (times of the controller's clock)", ...lines];
}

function eventLines(events: readonly RouteEvent[], style: TextStyle): readonly string[] {
  if (events.length === 0) return [];
  return [
    "",
    "last Events of the controller",
    ...events.flatMap(({ at, reason, note }) => hanging(`${at}  ${reason}: ${note}`, "  ", style)),
  ];
}

function indented(text: string, indent: string, { columns }: TextStyle): readonly string[] {
  return wrap(printableLine(text), columns - indent.length).map((line) => indent + line);
}

/** Continuation lines are indented further than the first line. */
function hanging(text: string, indent: string, { columns }: TextStyle): readonly string[] {
  const lines = wrap(printableLine(text), columns - indent.length - 2);
  return lines.map((line, i) => `${indent}${i === 0 ? "" : "  "}${line}`);
}

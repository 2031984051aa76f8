import { formatDuration } from "../../rules/duration.ts";
import { failAfterOf } from "../../rules/failAfter.ts";
import type { Rule } from "../../rules/ruleSet.ts";
import { formatShare } from "../../rules/share.ts";
import type { BackendReport } from "../model/backendReport.ts";
import type { Out, Returning } from "../model/backendState.ts";
import { recoveryWaitMs } from "../model/backendState.ts";
import type { Reason } from "../model/reason.ts";
import type { RouteState } from "../model/state.ts";
import { inSeconds } from "./reasonText.ts";

/** What can change a backend's weight from now on, one sentence for each. */
export function outlookOf(route: RouteState, backend: string): readonly string[] {
  const report = route.backends.get(backend);
  const rule = route.trace.judgedBy;
  if (report === undefined || rule === null) return ["nothing moves it: no rule applies to the route, or there is nothing to shift"];
  return [...heldByOwner(route), ...byPhase(report, rule, route)];
}

/** What the owner has set: a freeze or a pin. */
function heldByOwner({ frozen, frozenUntilMs, pinned }: RouteState): readonly string[] {
  if (frozen && frozenUntilMs === undefined) return ["frozen: the weights change only after `thaw`"];
  if (frozen) return [`frozen: the weights change only after ${new Date(frozenUntilMs ?? 0).toISOString()}, or after \`thaw\``];
  return pinned === null ? [] : ["when the pin ends, health decides again at once"];
}

function byPhase(report: BackendReport, rule: Rule, route: RouteState): readonly string[] {
  const { state } = report;
  switch (state.phase) {
    case "serving":
      return [...ofItsTraffic(report.backend, route), ...leaving(report, rule)];
    case "suspect":
      return suspected(report, rule);
    case "out":
      return returningOf(state, report.waits, rule);
    case "returning":
      return nextStep(state, report.waits, rule);
  }
}

/** What can change the share of a serving backend. */
function ofItsTraffic(backend: string, { splits, shifted }: RouteState): readonly string[] {
  const weight = splits.reduce((sum, { live }) => sum + (live[backend] ?? 0), 0);
  const baseline = splits.reduce((sum, split) => sum + (split.baseline[backend] ?? 0), 0);
  if (baseline > 0) return [];
  if (weight > 0 && shifted) return ["gives its traffic back as the backends with baseline weight return"];
  return weight > 0 ? [] : ["gets traffic when the backends of the tiers before it are out"];
}

/** A sentence for each signal that can remove it. */
function leaving({ judgement }: BackendReport, rule: Rule): readonly string[] {
  const { signals } = rule;
  const waitOf = (signal: string) => formatDuration(failAfterOf(rule, signal));
  const lasts = (signal: string) => `beyond doubt for ${waitOf(signal)}`;
  const on = new Set([...judgement.hard, ...judgement.soft].map(({ signal }) => signal));
  const { readiness, successRate, latency, unanswered, queries } = signals;
  const elsewhere = judgement.hard.some(({ reasons }) => reasons.some(isElsewhere));
  return [
    ...(readiness !== undefined && on.has("readiness") && !elsewhere
      ? [
          readiness.failAfterMs === 0
            ? `is removed at once with ${fewerThan(readiness)} ready`
            : `is removed with ${fewerThan(readiness)} ready for ${waitOf("readiness")}`,
        ]
      : []),
    ...(on.has("gateway")
      ? [
          `is removed when its gateway is dead at two ticks in a row${failAfterOf(rule, "gateway") === 0 ? "" : `, and ${waitOf("gateway")} later`}`,
        ]
      : []),
    ...(successRate !== undefined && on.has("successRate")
      ? [`is removed when less than ${formatShare(successRate.failBelow)} of its requests succeed, ${lasts("successRate")}`]
      : []),
    ...(latency !== undefined && on.has("latency")
      ? [
          `is removed when less than ${formatShare(latency.failBelow)} of its responses come within ${formatDuration(latency.underMs)}, ${lasts("latency")}`,
        ]
      : []),
    ...(unanswered !== undefined && on.has("unanswered")
      ? [`is removed when more than ${formatShare(unanswered.failAbove)} of its requests stay unanswered, ${lasts("unanswered")}`]
      : []),
    ...(queries ?? [])
      .filter(({ name }) => on.has(`query ${name}`))
      .map(({ name, failAbove }) => `is removed when query ${name} is above ${failAbove} for ${waitOf(`query ${name}`)}`),
  ];
}

function isElsewhere(reason: Reason): boolean {
  return reason.kind === "readinessSilent" && reason.why === "elsewhere";
}

function fewerThan({ minReady, minReadyShare }: NonNullable<Rule["signals"]["readiness"]>): string {
  if (minReadyShare !== undefined) return `fewer than ${formatShare(minReadyShare)} of its endpoints, or none,`;
  return (minReady ?? 1) > 1 ? `fewer than ${minReady} endpoints` : "no endpoint";
}

function suspected({ state, waits }: BackendReport, rule: Rule): readonly string[] {
  const wait = waits.find((reason) => reason.kind === "waiting");
  const by = state.phase === "suspect" ? state.suspectedBy : "";
  const leaves =
    wait === undefined
      ? "is removed when the brake ends, if it is still unfit"
      : `is removed if this lasts another ${inSeconds(wait.leftMs)}`;
  return [leaves, `returns to serving when ${by} is fit, or not unfit for ${formatDuration(failAfterOf(rule, by))}`];
}

function returningOf(state: Out, waits: readonly Reason[], rule: Rule): readonly string[] {
  const wait = waits.find((reason) => reason.kind === "waiting" && reason.for === "recoverAfter");
  const leftMs = wait?.kind === "waiting" ? wait.leftMs : recoveryWaitMs(rule, state.relapses);
  const isGood = wait?.kind === "waiting" && wait.for === "recoverAfter" && wait.condition === "good";
  const when = `begins to return when it has been good for ${isGood ? "another " : ""}${inSeconds(leftMs)}`;
  const { steps, everyMs } = rule.return;
  if (steps.length === 0) return [`${when}: with all of its traffic at once`];
  return [`${when}: with ${stepsText(steps)}, ${formatDuration(everyMs)} each, then all of its traffic`];
}

function nextStep(state: Returning, waits: readonly Reason[], rule: Rule): readonly string[] {
  const wait = waits.find((reason) => reason.kind === "waiting");
  const later = rule.return.steps.slice(state.step + 1);
  const next = later.length === 0 ? "all of its traffic" : `${stepsText(later)}, then all of its traffic`;
  const when = wait?.for === "step" && wait.leftMs > 0 ? `in ${inSeconds(wait.leftMs)} at the earliest, ` : "";
  const again = formatDuration(recoveryWaitMs(rule, state.relapses + 1));
  return [
    `gets ${next}: the next step comes ${when}when it has answered enough requests well`,
    `is removed again at one bad tick, and must then be good for ${again}`,
  ];
}

function stepsText(steps: readonly number[]): string {
  return steps.map((step) => formatShare(step)).join(", ");
}

import type { BackendState } from "../src/evaluator/model/backendState.ts";
import type { Judgement, SignalJudgement } from "../src/evaluator/model/judgement.ts";
import type { Opinion } from "../src/evaluator/model/reason.ts";
import { advance } from "../src/evaluator/model/stopwatch.ts";
import type { Answers } from "../src/evaluator/model/trial.ts";
import type { Exam } from "../src/evaluator/phases/exam.ts";
import { type BackendTick, nextPhase } from "../src/evaluator/phases/nextPhase.ts";
import type { Cause } from "../src/routes/route.ts";
import { DEFAULT_RULES } from "../src/rules/defaultRules.ts";
import type { Rule } from "../src/rules/ruleSet.ts";
import { markdownTable } from "./markdownTable.ts";

const INTERVAL_MS = 5_000;
/** What has not happened after this time never happens. */
const LONGEST_MS = 600_000;

/** The evidence of a tick: `hard` stands for readiness and gateway, `soft` for every metric signal. */
interface Evidence {
  readonly name: string;
  readonly hard: Opinion;
  readonly soft: Opinion;
  readonly held?: true;
  /** It does no worse than the backends that carry the load, which fail as much. */
  readonly asGood?: true;
}

const EVIDENCE: readonly Evidence[] = [
  { name: "endpoints lost or gateway dead", hard: "unfit", soft: "missing" },
  { name: "unfit by a metric", hard: "fit", soft: "unfit" },
  { name: "unfit by a metric, and a brake holds", hard: "fit", soft: "unfit", held: true },
  { name: "fit", hard: "fit", soft: "fit" },
  { name: "between the thresholds and as good as the carrier", hard: "fit", soft: "between", asGood: true },
  { name: "between the thresholds and worse than the carrier", hard: "fit", soft: "between" },
  { name: "quiet", hard: "fit", soft: "quiet" },
  { name: "missing", hard: "fit", soft: "missing" },
  { name: "failed", hard: "fit", soft: "failed" },
];

interface Standing {
  readonly name: string;
  readonly state: BackendState;
}

const clean = { sinceMs: 0, relapses: 0 };
const out = (cause: Cause): BackendState => ({ phase: "out", ...clean, cause, fromStep: false, good: null });
const returning = (cause: Cause): BackendState => ({ phase: "returning", ...clean, cause, step: 0, trial: null });

const STANDINGS: readonly Standing[] = [
  { name: "serving", state: { phase: "serving", ...clean, cause: null } },
  {
    name: "suspect",
    state: {
      phase: "suspect",
      ...clean,
      cause: null,
      servingSinceMs: 0,
      suspectedBy: "successRate",
      evidence: new Map([["successRate", advance(null, 0)]]),
      lastUnfitMs: 0,
    },
  },
  { name: "out because of readiness", state: out("readiness") },
  { name: "out because of a metric", state: out("successRate") },
  { name: "returning after readiness", state: returning("readiness") },
  { name: "returning after a metric", state: returning("successRate") },
];

/** The waits that a rule can set. */
const WAITS: readonly { readonly key: string; readonly lengthen: (rule: Rule) => Rule }[] = [
  { key: "failAfter", lengthen: (rule) => ({ ...rule, failAfterMs: 2 * rule.failAfterMs }) },
  { key: "recoverAfter", lengthen: (rule) => ({ ...rule, recoverAfterMs: 2 * rule.recoverAfterMs }) },
  { key: "return.every", lengthen: (rule) => ({ ...rule, return: { ...rule.return, everyMs: 2 * rule.return.everyMs } }) },
];

interface Move {
  readonly to: BackendState;
  readonly afterMs: number;
}

/** The first change of a backend if every tick has this evidence; null if there is none. */
function firstMove({ state }: Standing, evidence: Evidence, rule: Rule): Move | null {
  let at = state;
  for (let nowMs = INTERVAL_MS; nowMs <= LONGEST_MS; nowMs += INTERVAL_MS) {
    const next = nextPhase(at, backendTick(evidence, nowMs), rule).state;
    if (next.phase !== at.phase || stepOf(next) !== stepOf(at)) return { to: next, afterMs: nowMs };
    at = next;
  }
  return null;
}

function stepOf(state: BackendState): number | null {
  return state.phase === "returning" ? state.step : null;
}

/** Requests in a window that are enough to judge. */
const MANY = 100;

/** A window of a returning backend: what it answered of what it was promised. */
const ANSWERS: Readonly<Partial<Record<Opinion, Answers>>> = {
  fit: { good: MANY, total: MANY, promised: MANY, leastPromised: MANY },
  between: { good: 0.95 * MANY, total: MANY, promised: MANY, leastPromised: MANY },
  missing: { good: 0, total: 0, promised: MANY, leastPromised: MANY },
};

function examBy(judged: SignalJudgement, asGood: boolean): Exam {
  const { successRate } = defaultRule().signals;
  if (successRate === undefined) throw new Error("the built-in rule does not judge the success rate");
  const answers = ANSWERS[judged.opinion] ?? { good: 0, total: 0, promised: 0, leastPromised: 0 };
  const carriers = asGood ? answers : { good: MANY * MANY, total: MANY * MANY };
  return { judged, thresholds: successRate, answers, share: 1, carriers, usual: null, isMonitoringAway: false };
}

function backendTick({ hard, soft, held, asGood }: Evidence, nowMs: number): BackendTick {
  const metric = signal("successRate", soft);
  const judgement: Judgement = {
    verdict: hard === "unfit" || soft === "unfit" ? "unfit" : "fit",
    hard: [signal("readiness", hard)],
    soft: [metric],
    readyEndpoints: null,
    endpoints: null,
    hasUnseenEndpoints: false,
    countsUnclear: null,
    cluster: null,
  };
  return {
    ...{
      nowMs,
      sinceLastMs: INTERVAL_MS,
      toleranceMs: INTERVAL_MS / 10,
      judgement,
      exam: examBy(metric, asGood === true),
      desiredIsLive: true,
      hasLoad: true,
    },
    ...{ heldBy: held === true ? ({ kind: "brake", brake: "maxShifted" } as const) : null, metricsFrozen: false, holdsLoad: false },
  };
}

function signal(name: "readiness" | "successRate", opinion: Opinion): SignalJudgement {
  return { signal: name, cause: name, opinion, reading: { state: "missing" }, interval: null, reasons: [] };
}

/** The wait before a move: the one whose doubling delays the move, and how often it is waited for. */
function waitOf(standing: Standing, evidence: Evidence, rule: Rule, { afterMs }: Move): string | null {
  for (const { key, lengthen } of WAITS) {
    if (firstMove(standing, evidence, lengthen(rule))?.afterMs === afterMs) continue;
    return key === "return.every" && afterMs >= 2 * rule.return.everyMs ? `${Math.round(afterMs / rule.return.everyMs)} × ${key}` : key;
  }
  return null;
}

interface Cell {
  readonly phase: string;
  readonly wait: string | null;
}

function cellOf(standing: Standing, evidence: Evidence, rule: Rule): Cell | null {
  const move = firstMove(standing, evidence, rule);
  if (move === null) return null;
  return { phase: move.to.phase, wait: waitOf(standing, evidence, rule, move) };
}

function defaultRule(): Rule {
  const [rule] = DEFAULT_RULES.rules;
  if (rule === undefined) throw new Error("there is no built-in rule");
  return rule;
}

/** What happens to a backend in each phase under constant evidence, found by running `nextPhase`. */
export function phaseTable(): string {
  const rule = defaultRule();
  const cellsOf = (evidence: Evidence) => STANDINGS.map((standing) => cellText(standing, cellOf(standing, evidence, rule)));
  const alike = Map.groupBy(EVIDENCE, (evidence) => cellsOf(evidence).join("|"));
  const rows = [...alike.values()].map((same) => [same.map(({ name }) => name).join(" or "), ...same.slice(0, 1).flatMap(cellsOf)]);
  return markdownTable(["evidence in every tick", ...STANDINGS.map(({ name }) => name)], rows);
}

function cellText({ state }: Standing, cell: Cell | null): string {
  if (cell === null) return "stays";
  const what = cell.phase === state.phase ? "next step" : `**${cell.phase}**`;
  return cell.wait === null ? `${what} at once` : `${what} after \`${cell.wait}\``;
}

/** The same as a diagram, with an arrow for each change that does not depend on why the backend was removed. */
export function phaseDiagram(): string {
  const rule = defaultRule();
  const lastStep = { ...returning("successRate"), step: rule.return.steps.length - 1 };
  const groups = [...Map.groupBy(STANDINGS, ({ state }) => state.phase).values()].map((standings) => ({ standings, when: "" }));
  const arrows = new Map<string, string[]>();
  for (const { standings, when } of [...groups, { standings: [{ name: "returning", state: lastStep }], when: " at the last step" }]) {
    for (const evidence of EVIDENCE.filter(({ held }) => held !== true)) {
      const arrow = commonArrow(standings, evidence, rule);
      const names = arrow === null ? [] : (arrows.get(arrow) ?? []);
      if (arrow !== null && !names.includes(evidence.name)) arrows.set(arrow, [...names, evidence.name + when]);
    }
  }
  const lines = [...arrows].map(([arrow, names]) => `  ${arrow.replace("…", names.join(" or "))}`);
  return ["```mermaid", "stateDiagram-v2", ...lines, "```"].join("\n");
}

/** The arrow `out --> returning : … for recoverAfter` if all of these change in the same way, otherwise null. */
function commonArrow(standings: readonly Standing[], evidence: Evidence, rule: Rule): string | null {
  const arrows = standings.map((standing) => {
    const cell = cellOf(standing, evidence, rule);
    if (cell === null) return null;
    return `${standing.state.phase} --> ${cell.phase} : …${cell.wait === null ? "" : ` for ${cell.wait}`}`;
  });
  const [first = null] = arrows;
  return arrows.every((arrow) => arrow === first) ? first : null;
}

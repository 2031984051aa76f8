import { decisionText } from "../../../evaluator/explain/explain.ts";
import type { Decision } from "../../../evaluator/model/decision.ts";
import { writeTime } from "../../../routes/rfc3339.ts";
import { routeKey } from "../../../routes/route.ts";
import { formatDuration } from "../../../rules/duration.ts";
import { awayMs, summary } from "./renderReplay.ts";
import { type Past, type PastTick, type Replayed, writeSeconds } from "./replayPast.ts";

/** The same past under one of two rules files. */
export interface Side {
  readonly file: string;
  readonly past: Past;
  readonly replayed: Replayed;
}

/** The same past, replayed with two rules files. */
export interface Comparison {
  readonly sides: readonly [Side, Side];
  /** The decisions of both, by time. */
  readonly rows: readonly ComparedTick[];
  /** When their weights differ. */
  readonly differences: readonly Difference[];
}

export interface ComparedTick {
  readonly atMs: number;
  readonly decisions: readonly [readonly Decision[], readonly Decision[]];
  /** Both decide the same. */
  readonly isSame: boolean;
}

export interface Difference {
  readonly fromMs: number;
  readonly untilMs: number;
  /** The weights of both when it begins. */
  readonly weights: readonly [string, string];
}

/** Compares what two rules files would have done, tick by tick. */
export function compareReplays(sides: readonly [Side, Side]): Comparison {
  const { fromMs, untilMs, intervalMs } = sides[0].past;
  const [one, other] = sides.map(({ replayed }) => new Map(replayed.all.map((tick) => [tick.atMs, tick])));
  const times = [...new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])])].toSorted((a, b) => a - b);
  const rows: ComparedTick[] = [];
  const differences: Difference[] = [];
  for (const atMs of times) {
    const pair = [one?.get(atMs), other?.get(atMs)] as const;
    const decisions = [pair[0]?.decisions ?? [], pair[1]?.decisions ?? []] as const;
    const isSame = textOf(decisions[0]) === textOf(decisions[1]);
    if (decisions[0].length + decisions[1].length > 0) rows.push({ atMs, decisions, isSame });
    if (atMs < fromMs || pair[0] === undefined || pair[1] === undefined || pair[0].weights === pair[1].weights) continue;
    const last = differences.at(-1);
    const end = Math.min(atMs + intervalMs, untilMs);
    if (last !== undefined && last.untilMs === atMs) differences[differences.length - 1] = { ...last, untilMs: end };
    else differences.push({ fromMs: atMs, untilMs: end, weights: [pair[0].weights, pair[1].weights] });
  }
  return { sides, rows, differences };
}

/** The comparison as text for people: a line per decision, marked by the side that makes it. */
export function renderComparison({ sides, rows, differences }: Comparison): string {
  const [{ past, replayed }] = sides;
  const names = sides.map(({ file, past: { rule } }, i) => `${"-+"[i]} ${file} (rule ${rule.name})`);
  const lines = rows.flatMap(({ atMs, decisions, isSame }) => {
    const at = writeSeconds(atMs);
    if (isSame) return decisions[0].map((decision) => `  ${at} ${brief(decision)}`);
    return decisions.flatMap((own, i) => own.map((decision) => `${"-+"[i]} ${at} ${brief(decision)}`));
  });
  const spans = differences.map(({ fromMs, untilMs, weights }) => {
    return `  ${writeSeconds(fromMs)} for ${formatDuration(untilMs - fromMs)}: ${weights[0]} or ${weights[1]}`;
  });
  return `${[
    `${routeKey(past.route)} from ${writeSeconds(past.fromMs)} to ${writeSeconds(past.untilMs)}, ${replayed.ticks} ticks`,
    ...names,
    "",
    ...(lines.length > 0 ? [...lines, ""] : []),
    ...sides.map((side, i) => `${"-+"[i]} ${outcomeOf(side)}`),
    differences.length === 0 ? "Both would have done the same." : `They differ for ${formatDuration(differentMs(differences))}:`,
    ...spans,
  ].join("\n")}\n`;
}

/** The comparison as data. */
export function comparisonJson({ sides, rows, differences }: Comparison): unknown {
  const { route, fromMs, untilMs } = sides[0].past;
  return {
    ...{ kind: route.kind, namespace: route.namespace, name: route.name, from: writeTime(fromMs), until: writeTime(untilMs) },
    rules: sides.map((side) => ({
      file: side.file,
      rule: side.past.rule.name,
      shiftedSeconds: awayMs(side.replayed.all, side.past) / 1_000,
    })),
    differentSeconds: differentMs(differences) / 1_000,
    differences: differences.map((one) => ({ from: writeTime(one.fromMs), until: writeTime(one.untilMs), weights: one.weights })),
    decisions: rows.map(({ atMs, decisions, isSame }) => ({
      at: writeTime(atMs),
      same: isSame,
      decisions: decisions.map((own) => own.map(brief)),
    })),
  };
}

/** What one side would have done, in a sentence. */
export function outcomeOf({ replayed: { all }, past }: Side): string {
  return summary(all, awayMs(all, past));
}

/** A decision without its reasons. */
export function brief(decision: Decision): string {
  return decisionText({ ...decision, reasons: [] });
}

/** How long the weights differ. */
export function differentMs(differences: readonly Difference[]): number {
  return differences.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
}

/** The weights that a tick ends with, from `fromMs` on. */
export function ticksFrom({ all }: Replayed, fromMs: number): readonly PastTick[] {
  return all.filter(({ atMs }) => atMs >= fromMs);
}

function textOf(decisions: readonly Decision[]): string {
  return decisions.map(brief).join("\n");
}

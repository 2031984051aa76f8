import { recordOf } from "./record.ts";
import type { Memory, Route, Spellings, Split, SplitBackend, SplitMemory } from "./route.ts";
import { splitMemories } from "./splitMemories.ts";
import { LARGEST_WEIGHT, sameWeight, weightOf, weightOfAll } from "./weight.ts";

/** The weight that the primary gets in the baseline of a split without any weight. */
const NO_WEIGHTS_SUM = 100;

/**
 * The source of a baseline: the `owner` changed the weights or named another primary; another writer `reapplied` the baseline
 * over our weights; the live weights are `ours`; or nothing is remembered (`live`). Of the sources of its splits, the first one
 * in this list is the route's.
 */
const SOURCES = ["owner", "reapplied", "ours", "live"] as const;
export type BaselineSource = (typeof SOURCES)[number];

export interface ReconciledSplit {
  /** By backend: a weight for each of its entries. Never all zero. */
  readonly baseline: Readonly<Record<string, Spellings>>;
  /** The same as the owner wrote it, even if all are zero. */
  readonly owners: Readonly<Record<string, Spellings>>;
  /** The weights of our last write, of the backends that still exist; null without a memory of this split. */
  readonly written: Readonly<Record<string, number>> | null;
  readonly live: Readonly<Record<string, number>>;
}

export interface Reconciled {
  readonly splits: Readonly<Record<string, ReconciledSplit>>;
  readonly source: BaselineSource;
}

/** Derives the owner's weights of every split from the live weights and the memory. */
export function reconcileBaseline(route: Route, memory: Memory | null): Reconciled {
  const found = new Set<BaselineSource>();
  const memories = splitMemories(route.splits, memory);
  const hasNewPrimary = namesAnotherPrimary(route, memory);
  const splits = route.splits.map((split) => {
    const remembered = memories.get(split.name);
    const known = remembered === undefined ? [] : split.backends.filter((b) => isKnown(remembered, b.backend));
    const { baseline, source } = sourcedBaseline(split, hasNewPrimary, remembered, known, route.maxWeight);
    found.add(source);
    const primary = split.backends.find((b) => b.backend === route.primary) ?? split.backends[0];
    const written = writtenOf(remembered, known);
    return [split.name, { baseline: neverAllZero(baseline, primary), owners: baseline, written, live: liveOf(split) }] as const;
  });
  return { splits: recordOf(splits), source: SOURCES.find((source) => found.has(source)) ?? "live" };
}

/** Whether the owner has changed the annotation that names the primary since the memory was written. */
function namesAnotherPrimary({ primary, splits }: Route, memory: Memory | null): boolean {
  if (memory?.primary === undefined) return false;
  return (memory.primary ?? splits[0]?.backends[0]?.backend ?? primary) !== primary;
}

type Baseline = Readonly<Record<string, Spellings>>;

interface Sourced {
  readonly baseline: Baseline;
  readonly source: BaselineSource;
}

function sourcedBaseline(
  split: Split,
  hasNewPrimary: boolean,
  memory: SplitMemory | undefined,
  known: readonly SplitBackend[],
  maxWeight: number,
): Sourced {
  if (memory === undefined || known.length === 0) return { baseline: liveBaseline(split), source: "live" };
  return hasNewPrimary ? { baseline: liveBaseline(split), source: "owner" } : withMemory(split, memory, known, maxWeight);
}

function withMemory(split: Split, memory: SplitMemory, known: readonly SplitBackend[], maxWeight: number): Sourced {
  const isOurs = known.every((b) => sameWeight(b.weight, memory.written[b.backend] ?? 0));
  // Zeros are no baseline that another writer could put back.
  const isBaseline = !isAllZero(memory.baseline) && known.every((b) => sameWeight(b.weight, weightOfAll(memory.baseline[b.backend] ?? [])));
  if (!isOurs && !isBaseline) return { baseline: liveBaseline(split), source: "owner" };
  // At the baseline, the live notation is the owner's: a return restores it unchanged.
  if (isBaseline) return { baseline: liveBaseline(split), source: isOurs ? "ours" : "reapplied" };
  const baseline = recordOf(split.backends.map((b) => [b.backend, rememberedSpellings(b, known.includes(b) ? memory : null, maxWeight)]));
  return { baseline, source: "ours" };
}

function isKnown(memory: SplitMemory, backend: string): boolean {
  return Object.hasOwn(memory.baseline, backend) && Object.hasOwn(memory.written, backend);
}

function rememberedSpellings(backend: SplitBackend, memory: SplitMemory | null, maxWeight: number): Spellings {
  const spellings = memory?.baseline[backend.backend];
  if (spellings === undefined) return liveSpellings(backend);
  return spellings.length === backend.entries.length ? spellings : spread(backend, Math.min(weightOfAll(spellings), maxWeight));
}

function neverAllZero(baseline: Baseline, primary: SplitBackend | undefined): Baseline {
  if (primary === undefined || !isAllZero(baseline)) return baseline;
  return recordOf([...Object.entries(baseline), [primary.backend, spread(primary, NO_WEIGHTS_SUM)]]);
}

function isAllZero(baseline: Baseline): boolean {
  return Object.values(baseline).every((spellings) => spellings.every((spelling) => weightOf(spelling) === 0));
}

/** A weight for a backend with one or more entries: the first entry has all of it, up to the largest weight. */
function spread(backend: SplitBackend, weight: number): Spellings {
  return backend.entries.map((_, i) => (i === 0 ? Math.min(weight, LARGEST_WEIGHT) : 0));
}

function liveSpellings(backend: SplitBackend): Spellings {
  return backend.entries.map((entry) => entry.spelling);
}

function liveBaseline(split: Split): Baseline {
  return recordOf(split.backends.map((b) => [b.backend, liveSpellings(b)]));
}

function liveOf(split: Split): Readonly<Record<string, number>> {
  return recordOf(split.backends.map((b) => [b.backend, b.weight]));
}

function writtenOf(memory: SplitMemory | undefined, known: readonly SplitBackend[]): ReconciledSplit["written"] {
  if (memory === undefined || known.length === 0) return null;
  return recordOf(known.map((b) => [b.backend, memory.written[b.backend] ?? 0]));
}

import { ownValue, recordOf } from "./record.ts";
import type { Memory, Route, Spellings, Split, SplitBackend, SplitMemory } from "./route.ts";
import { LARGEST_WEIGHT, sameWeight, sumOf, weightOf, weightOfAll } from "./weight.ts";

/** The weight that the primary gets in the baseline of a split without any weight. */
const NO_WEIGHTS_SUM = 100;

/**
 * The source of a baseline: the `owner` changed the weights; another writer `reapplied` the baseline over our weights; the
 * live weights are `ours`; or there is no memory, and the route was found failed over (`primaryZero`) or not (`live`). Of
 * the sources of its splits, the first one in this list is the route's.
 */
const SOURCES = ["owner", "reapplied", "ours", "primaryZero", "live"] as const;
export type BaselineSource = (typeof SOURCES)[number];

export interface ReconciledSplit {
  /** By backend: a weight for each of its entries. Never all zero. */
  readonly baseline: Readonly<Record<string, Spellings>>;
  /** The weights of our last write, of the backends that still exist; null without a memory of this split. */
  readonly written: Readonly<Record<string, number>> | null;
  readonly live: Readonly<Record<string, number>>;
}

export interface Reconciled {
  readonly splits: Readonly<Record<string, ReconciledSplit>>;
  readonly source: BaselineSource;
  /** Primaries that were found without weight, probably after a failover: they return by steps. */
  readonly failedOver: readonly string[];
}

/** Derives the owner's weights of every split from the live weights and the memory. */
export function reconcileBaseline(route: Route, memory: Memory | null): Reconciled {
  const found = new Set<BaselineSource>();
  const failedOver = new Set<string>();
  const leftFailedOver = wasLeftFailedOver(route);
  const splits = route.splits.map((split) => {
    const remembered = memory === null ? undefined : ownValue(memory.splits, split.name);
    const known = remembered === undefined ? [] : split.backends.filter((b) => isKnown(remembered, b.backend));
    const primary = primaryOf(route, split);
    const { baseline, source } =
      remembered === undefined || known.length === 0
        ? withoutMemory(split, leftFailedOver || isAway(memory, primary) ? primary : undefined, route.maxWeight)
        : withMemory(split, remembered, known, route.maxWeight);
    found.add(source);
    if (source === "primaryZero" && primary !== undefined) failedOver.add(primary.backend);
    return [split.name, { baseline: neverAllZero(baseline, primary), written: writtenOf(remembered, known), live: liveOf(split) }] as const;
  });
  return { splits: recordOf(splits), source: SOURCES.find((source) => found.has(source)) ?? "live", failedOver: [...failedOver] };
}

/** Whether the primary has no weight in any split, as after a failover. If one primary has weight, the zeros are the owner's choice. */
function wasLeftFailedOver(route: Route): boolean {
  return route.splits.every((split) => primaryOf(route, split)?.weight === 0 || split.backends.every((b) => b.weight === 0));
}

/** Whether the primary is out or returning. Then a split without memory may be a renamed one that is still shifted. */
function isAway(memory: Memory | null, primary: SplitBackend | undefined): boolean {
  const phase = memory === null || primary === undefined ? undefined : ownValue(memory.backends, primary.backend)?.phase;
  return phase === "out" || phase === "returning";
}

function primaryOf(route: Route, split: Split): SplitBackend | undefined {
  return split.backends.find((b) => b.backend === route.primary) ?? split.backends[0];
}

type Baseline = Readonly<Record<string, Spellings>>;

interface Sourced {
  readonly baseline: Baseline;
  readonly source: BaselineSource;
}

function withoutMemory(split: Split, primary: SplitBackend | undefined, maxWeight: number): Sourced {
  const sum = sumOf(split.backends.map((b) => b.weight));
  if (primary === undefined || primary.weight > 0 || sum === 0) return { baseline: liveBaseline(split), source: "live" };
  // 12 digits remove floating-point noise from a number that the owner will read.
  const whole = Math.min(Number(sum.toPrecision(12)), maxWeight);
  const baseline = recordOf(split.backends.map((b) => [b.backend, spread(b, b === primary ? whole : 0)]));
  return { baseline, source: "primaryZero" };
}

function withMemory(split: Split, memory: SplitMemory, known: readonly SplitBackend[], maxWeight: number): Sourced {
  const isOurs = known.every((b) => sameWeight(b.weight, memory.written[b.backend] ?? 0));
  const isBaseline = known.every((b) => sameWeight(b.weight, weightOfAll(memory.baseline[b.backend] ?? [])));
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
  const isZero = Object.values(baseline).every((spellings) => spellings.every((spelling) => weightOf(spelling) === 0));
  if (primary === undefined || !isZero) return baseline;
  return recordOf([...Object.entries(baseline), [primary.backend, spread(primary, NO_WEIGHTS_SUM)]]);
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

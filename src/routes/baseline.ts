import { ownValue, recordOf } from "./record.ts";
import type { Memory, Route, Spellings, Split, SplitBackend, SplitMemory } from "./route.ts";
import { LARGEST_WEIGHT, sameWeight, sumOf, weightOf, weightOfAll } from "./weight.ts";

/** The baseline of a split without any weight: all of it is the primary's. */
const NO_WEIGHTS_SUM = 100;

/**
 * Where a baseline comes from: the `owner` changed it; someone `reapplied` it over our weights; the live weights are
 * `ours`; nothing is remembered and the route was left failed over (`primaryZero`), or it was not (`live`). The first
 * that any split has is the route's.
 */
const SOURCES = ["owner", "reapplied", "ours", "primaryZero", "live"] as const;
export type BaselineSource = (typeof SOURCES)[number];

export interface ReconciledSplit {
  /** By backend: a spelling for each of its entries. Never all zero. */
  readonly baseline: Readonly<Record<string, Spellings>>;
  /** What we last wrote, of the backends that are still there; null where we remember nothing of this split. */
  readonly written: Readonly<Record<string, number>> | null;
  readonly live: Readonly<Record<string, number>>;
}

export interface Reconciled {
  readonly splits: Readonly<Record<string, ReconciledSplit>>;
  readonly source: BaselineSource;
  /** Backends that were left without weight by a failover, as it seems: they return by steps. */
  readonly failedOver: readonly string[];
}

/** What the owner wants while all is well: from the live weights and from what we remember. */
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

/** A failover takes the weight from the primary of every split. Where some primary has weight, a zero is what its owner wants. */
function wasLeftFailedOver(route: Route): boolean {
  return route.splits.every((split) => primaryOf(route, split)?.weight === 0 || split.backends.every((b) => b.weight === 0));
}

/** A split that is new to us may be an old one by another name, shifted as the others are while their primary is away. */
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
  // 12 digits drop the dust of floating point from a number that the owner will read.
  const whole = Math.min(Number(sum.toPrecision(12)), maxWeight);
  const baseline = recordOf(split.backends.map((b) => [b.backend, spread(b, b === primary ? whole : 0)]));
  return { baseline, source: "primaryZero" };
}

function withMemory(split: Split, memory: SplitMemory, known: readonly SplitBackend[], maxWeight: number): Sourced {
  const isOurs = known.every((b) => sameWeight(b.weight, memory.written[b.backend] ?? 0));
  const isBaseline = known.every((b) => sameWeight(b.weight, weightOfAll(memory.baseline[b.backend] ?? [])));
  if (!isOurs && !isBaseline) return { baseline: liveBaseline(split), source: "owner" };
  // At the baseline the spelling that stands there is the owner's last: ours puts it there as it was.
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

/** A weight for a backend that may be listed more than once: its first entry carries it, as far as one entry can. */
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

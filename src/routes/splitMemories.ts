import type { Memory, Split, SplitMemory } from "./route.ts";
import { sameWeight, weightOfAll } from "./weight.ts";

/** The name of a split whose rule has no name of its own: the index of the rule. */
const INDEX = /^[0-9]+$/;

/** A split in the memory, with its name when it was written. */
interface Remembered {
  readonly name: string;
  readonly memory: SplitMemory;
}

type IsSame = (split: Split, remembered: Remembered) => boolean;

/**
 * What makes a split the same one as in the memory, the surest sign first. Rules may have been inserted, removed or moved, so
 * the index says nothing but the order of equal rules.
 */
const SIGNS: readonly IsSame[] = [hasItsName, (a, b) => hasItsMatches(a, b) && hasItsBackends(a, b), hasItsMatchesAndABackend];

/** What is remembered of each split, by its present name. A part of the memory belongs to one split at most. */
export function splitMemories(splits: readonly Split[], memory: Memory | null): ReadonlyMap<string, SplitMemory> {
  const found = new Map<string, SplitMemory>();
  // Indexes come first and in their order, as in every object.
  const left = Object.entries(memory?.splits ?? {}).map(([name, own]): Remembered => ({ name, memory: own }));
  // Where rules have come or gone, a rule at the place of another one may be a new one.
  const signs = left.length === splits.length ? [...SIGNS, isAsWritten] : SIGNS;
  for (const isSame of signs) {
    for (const split of splits) {
      const at = found.has(split.name) ? -1 : left.findIndex((remembered) => isSame(split, remembered));
      const [own] = at < 0 ? [] : left.splice(at, 1);
      if (own !== undefined) found.set(split.name, own.memory);
    }
  }
  return found;
}

/** The rule's own name. An index counts where there is nothing else: in a TrafficSplit, and in the annotation of an older version. */
function hasItsName({ name }: Split, remembered: Remembered): boolean {
  return name === remembered.name && (remembered.memory.matches === undefined || !INDEX.test(name));
}

function hasItsMatches({ matches }: Split, { memory }: Remembered): boolean {
  return matches !== undefined && matches === memory.matches;
}

function hasItsBackends({ backends }: Split, { memory }: Remembered): boolean {
  return backends.length === Object.keys(memory.baseline).length && backends.every((b) => Object.hasOwn(memory.baseline, b.backend));
}

/** The owner has added or removed backends. */
function hasItsMatchesAndABackend(split: Split, remembered: Remembered): boolean {
  return hasItsMatches(split, remembered) && split.backends.some((b) => Object.hasOwn(remembered.memory.baseline, b.backend));
}

/** The owner has changed the matches of the rule at this place and left our weights as they were. */
function isAsWritten(split: Split, remembered: Remembered): boolean {
  const { written, baseline } = remembered.memory;
  if (
    split.name !== remembered.name ||
    !hasItsBackends(split, remembered) ||
    !split.backends.every((b) => sameWeight(b.weight, written[b.backend] ?? 0))
  )
    return false;
  return split.backends.some((b) => !sameWeight(b.weight, weightOfAll(baseline[b.backend] ?? [])));
}

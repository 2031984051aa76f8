import type { Counts } from "../model/observation.ts";
import { type BackendCounts, hasAnswered } from "./backendCounts.ts";

/** A leaf may count this much more than its route sent, by chance and by the window's edges, before other callers explain it. */
const OTHERS_BEYOND = { factor: 1.05, requests: 3 } as const;

/** An answer lacks requests if its good ones are fewer than the route's by this part of all requests, and by this many. */
const LACKING = { part: 0.3, requests: 3 } as const;

/** A share above this counts as the whole weight. */
const WHOLE_WEIGHT = 0.999;

/** A leaf in one window. */
export interface Leaf {
  /** Null: it has no series. All callers count here. */
  readonly leaf: Counts | null;
  /** Its share of the route's traffic by its weight; averaged over the splits. Of a backend that is out it covers a longer time. */
  readonly share: number;
  /** The same at the least, as the counts may be late. */
  readonly leastShare: number;
  /** Whether it had any weight in the time from which failures may still arrive. */
  readonly hadWeight: boolean;
  /** Requests that the route's clients sent towards it; null: unknown. */
  readonly sent: number | null;
}

/**
 * The counts of a route's backends from their leaves, corrected by what the route itself counted, in the order of the leaves.
 *
 * - Other callers of a leaf neither accuse nor excuse it: of its counts, only as much belongs to the route as the route can have sent.
 * - When pods die behind ready endpoints, the client's proxy fails requests before they reach an endpoint. Only the route has
 *   these failures. They are attributed to the backends that did not answer what they were promised.
 * - What the route counted as good must be found at its leaves, else the answer is incomplete.
 */
export function leafCounts(leaves: readonly Leaf[], ofRoute: Counts | null, alike: boolean): readonly BackendCounts[] {
  if (ofRoute === null) return leaves.map(({ leaf }) => ({ leaf, unaccounted: 0, promised: null, isIncomplete: false }));
  const promises = leaves.map(({ share }) => (alike ? share * ofRoute.total : null));
  const own = withoutOthers(leaves, ofRoute, promises);
  const counted = own.reduce((sum, counts) => sum + (counts?.failures ?? 0), 0);
  const lost = Math.max(0, ofRoute.failures - counted);
  const isLacking = lacksGood(leaves, ofRoute);
  const parts = lost === 0 || isLacking ? null : attribution(leaves, own, promises, lost);
  // All that is known of a backend without weight is what other callers see.
  return own.map((counts, i) => ({
    leaf: leaves[i]?.hadWeight === true ? counts : (leaves[i]?.leaf ?? null),
    unaccounted: parts === null ? 0 : lost * (parts[i] ?? 0),
    promised: promises[i] ?? null,
    isIncomplete: isLacking && !hasAnswered(counts, promises[i] ?? null, lost),
  }));
}

/** The part of each leaf's counts that can be the route's own. The rest is other callers'. */
function withoutOthers(leaves: readonly Leaf[], ofRoute: Counts, promises: readonly (number | null)[]): readonly (Counts | null)[] {
  const shared = leaves.map(({ leaf, hadWeight, sent }, i) => {
    const possible = sent ?? (hadWeight ? ofRoute.total : 0);
    const isShared = leaf !== null && leaf.total > possible * OTHERS_BEYOND.factor + OTHERS_BEYOND.requests;
    return isShared ? { most: sent ?? Math.min(possible, promises[i] ?? possible) } : null;
  });
  if (shared.every((own) => own === null)) return leaves.map(({ leaf }) => leaf);
  const clean = leaves.reduce((sum, { leaf }, i) => (shared[i] === null ? sum + (leaf?.failures ?? 0) : sum), 0);
  const answered = leaves.reduce((sum, { leaf }, i) => sum + Math.min(leaf?.total ?? 0, shared[i]?.most ?? Number.POSITIVE_INFINITY), 0);
  // Failures that only shared leaves can explain: the route's, without those of the others and those that no leaf answered.
  const toExplain = Math.max(0, ofRoute.failures - clean - Math.max(0, ofRoute.total - answered));
  const parts = shared.map((own, i) => {
    const leaf = leaves[i]?.leaf ?? null;
    if (leaf === null || own === null) return NO_PART;
    const { total, failures } = leaf;
    // All callers fail alike, as far as is known.
    const expected = (own.most * failures) / total;
    return { least: Math.max(0, failures - (total - own.most)), most: Math.min(failures, own.most), expected };
  });
  const failures = divided(toExplain, parts);
  return leaves.map(({ leaf }, i) => {
    const own = shared[i];
    return leaf === null || own === null || own === undefined ? leaf : { total: own.most, failures: failures[i] ?? 0 };
  });
}

/** Of the failures to divide: how many this leaf must have, and can have, and how many of its requests should fail. */
interface Part {
  readonly least: number;
  readonly most: number;
  readonly expected: number;
}

const NO_PART: Part = { least: 0, most: 0, expected: 0 };

/** Divides failures by what is expected of each leaf, within its bounds. */
function divided(failures: number, parts: readonly Part[]): readonly number[] {
  const given = parts.map(({ least }) => least);
  let left = failures - given.reduce((sum, least) => sum + least, 0);
  // Each turn fills one leaf at least, or ends.
  for (let turn = 0; turn < parts.length && left > 0; turn++) {
    const open = parts.map(({ most, expected }, i) => (most > (given[i] ?? 0) ? expected : 0));
    const sum = open.reduce((total, expected) => total + expected, 0);
    if (sum === 0) break;
    const share = left / sum;
    for (const [i, { most }] of parts.entries()) {
      const more = Math.min(most - (given[i] ?? 0), share * (open[i] ?? 0));
      given[i] = (given[i] ?? 0) + more;
      left -= more;
    }
  }
  return given;
}

/** Whether all leaves together have significantly fewer good requests than the route counted, with those of other callers at most. */
function lacksGood(leaves: readonly Leaf[], ofRoute: Counts): boolean {
  const good = leaves.reduce((sum, { leaf }) => sum + Math.min(leaf === null ? 0 : leaf.total - leaf.failures, ofRoute.total), 0);
  const wanted = ofRoute.total - ofRoute.failures;
  return wanted - good > Math.max(LACKING.requests, LACKING.part * ofRoute.total);
}

/** The part of the lost failures that is attributed to each leaf. The parts add up to 1, or to 0 if all answered what they were promised. */
function attribution(
  leaves: readonly Leaf[],
  own: readonly (Counts | null)[],
  promises: readonly (number | null)[],
  lost: number,
): readonly number[] {
  const carrier = leaves.findIndex(({ share }) => share > WHOLE_WEIGHT);
  if (carrier >= 0 && leaves.every(({ share }, i) => i === carrier || share <= 1 - WHOLE_WEIGHT))
    return leaves.map((_, i) => (i === carrier ? 1 : 0));
  const shortfalls = shortfallsOf(leaves, own, promises, lost);
  const sum = shortfalls.reduce((total, shortfall) => total + shortfall, 0);
  return sum > 0 ? shortfalls.map((shortfall) => shortfall / sum) : shortfalls;
}

/** What each leaf did not answer: of what was promised to it at the least, or where that explains nothing, of all that was. */
function shortfallsOf(
  leaves: readonly Leaf[],
  own: readonly (Counts | null)[],
  promises: readonly (number | null)[],
  lost: number,
): readonly number[] {
  const of = (isLeast: boolean) =>
    leaves.map(({ share, leastShare, sent }, i) => {
      const answered = own[i]?.total ?? 0;
      if (sent !== null && sent > answered) return sent - answered;
      const promised = promises[i] ?? null;
      const least = promised === null || share === 0 ? promised : (promised * leastShare) / share;
      if (hasAnswered(own[i] ?? null, least, lost)) return 0;
      const wanted = isLeast ? least : promised;
      return wanted === null ? (isLeast ? leastShare : share) : Math.max(0, wanted - answered);
    });
  const surely = of(true);
  return surely.some((shortfall) => shortfall > 0) ? surely : of(false);
}

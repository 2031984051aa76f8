import { AGE_STEP_MS, type SampleAge } from "../linkerd/scrapeQueries.ts";

/** The moments right after new samples: `atMs`, and every `everyMs` before and after it. */
export interface Rhythm {
  readonly everyMs: number;
  readonly atMs: number;
  readonly scrapeMs: number;
}

export interface SeenAges {
  readonly ages: readonly SampleAge[];
  /** When Prometheus answered, by the clock of the ticks. */
  readonly atMs: number;
}

/**
 * The shortest time from a sample to a tick: longer than a usual scrape takes, and than what the ages are rounded by. Prometheus
 * stores a sample when the scrape ends, with the time at which it began.
 */
export const MIN_MARGIN_MS = 2 * AGE_STEP_MS;
/** A margin that was too short becomes so many times as long as the sample was late. */
const MARGIN_GROWTH = 1.5;
/** Scrape intervals are configured in whole halves of a second. The measured one must be this near to one. */
const SCRAPE_STEP_MS = 500;
const SCRAPE_TOLERANCE = 0.03;
/** Ticks follow the scrapes only if their number a minute stays nearly the same. */
const INTERVAL_TOLERANCE = 0.1;
/** At random moments, samples wait half a rhythm for a tick. Following them is worth it if they wait at most this part of it. */
const WORTH_PART = 0.3;
/** Two rhythms are the same if samples wait for both as long, but for this part. */
const SAME_PART = 0.05;
/** A sample that is late by this part of a scrape interval is a scrape that failed, or a proxy that is gone. */
const LOST_PART = 0.5;
/** Share of the proxies whose lateness does not matter. */
const STRAGGLERS = 0.1;

/**
 * The rhythm of the ticks that uses new samples soonest; null: no rhythm is better than the fixed interval. That is so if many
 * proxies are scraped at moments all over the interval, if the intervals do not fit, or if samples arrive too late to tell.
 */
export function rhythmOf(seen: SeenAges, scrapeMs: number, intervalMs: number, marginMs: number): Rhythm | null {
  const everyMs = fittingMs(scrapeMs, intervalMs);
  if (everyMs === null || marginMs > WORTH_PART * everyMs) return null;
  const phases = phasesOf(seen, scrapeMs);
  const moments = phases.map(({ atMs }) => ({ atMs: atMs + marginMs, waitMs: meanWaitMs(phases, atMs + marginMs, everyMs) }));
  const [first, ...others] = moments;
  if (first === undefined) return null;
  const best = others.reduce((least, own) => (own.waitMs < least.waitMs ? own : least), first);
  return best.waitMs > WORTH_PART * everyMs ? null : { everyMs, atMs: best.atMs, scrapeMs };
}

/** Whether the moments of both rhythms are the same, for samples that were seen now. */
export function agrees(known: Rhythm, found: Rhythm, seen: SeenAges): boolean {
  const waitMs = ({ atMs }: Rhythm) => meanWaitMs(phasesOf(seen, found.scrapeMs), atMs, found.everyMs);
  const tolerance = Math.max(MIN_MARGIN_MS, SAME_PART * found.everyMs);
  return known.everyMs === found.everyMs && Math.abs(waitMs(known) - waitMs(found)) <= tolerance;
}

/** The moment of a rhythm that is nearest to one interval after the last tick. */
export function nextMoment({ everyMs, atMs }: Rhythm, lastMs: number, intervalMs: number): number {
  const wantedMs = lastMs + intervalMs;
  return atMs + Math.round((wantedMs - atMs) / everyMs) * everyMs;
}

/** The configured scrape interval, from the measured one; null: there is no such interval. */
export function wholeScrapeMs(measuredMs: number): number | null {
  const wholeMs = Math.max(1, Math.round(measuredMs / SCRAPE_STEP_MS)) * SCRAPE_STEP_MS;
  return Math.abs(wholeMs - measuredMs) <= SCRAPE_TOLERANCE * measuredMs ? wholeMs : null;
}

/** The distance of two moments at which ticks may come: a scrape interval, or a whole part of it. Null: none fits. */
function fittingMs(scrapeMs: number, intervalMs: number): number | null {
  const partMs = scrapeMs / Math.max(1, Math.round(scrapeMs / intervalMs));
  const ticksMs = partMs * Math.max(1, Math.round(intervalMs / partMs));
  return Math.abs(ticksMs - intervalMs) <= INTERVAL_TOLERANCE * intervalMs ? partMs : null;
}

interface Phase {
  readonly atMs: number;
  readonly proxies: number;
}

function phasesOf({ ages, atMs }: SeenAges, scrapeMs: number): readonly Phase[] {
  return withoutLost(ages, scrapeMs).map(({ ageMs, proxies }) => ({ atMs: atMs - ageMs, proxies }));
}

function withoutLost(ages: readonly SampleAge[], scrapeMs: number): readonly SampleAge[] {
  return ages.filter(({ ageMs }) => ageMs < (1 + LOST_PART) * scrapeMs);
}

/**
 * How long a tick must wait for a sample, given how long it has waited so far. A sample that is older than a scrape interval has
 * a successor that is not there yet.
 */
export function marginFor(seen: SeenAges, scrapeMs: number, marginMs: number): number {
  const ages = withoutLost(seen.ages, scrapeMs);
  const late = ages.filter(({ ageMs }) => ageMs > scrapeMs + AGE_STEP_MS).sort((one, other) => other.ageMs - one.ageMs);
  let stragglers = STRAGGLERS * ages.reduce((sum, { proxies }) => sum + proxies, 0);
  for (const { ageMs, proxies } of late) {
    if (proxies > stragglers) return Math.max(marginMs, MARGIN_GROWTH * (ageMs - scrapeMs));
    stragglers -= proxies;
  }
  return marginMs;
}

function meanWaitMs(phases: readonly Phase[], momentMs: number, everyMs: number): number {
  const all = phases.reduce((sum, { proxies }) => sum + proxies, 0);
  return phases.reduce((sum, { atMs, proxies }) => sum + modulo(momentMs - atMs, everyMs) * (proxies / all), 0);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

import type { RouteState, State } from "../evaluator/model/state.ts";
import { requestsOf, type Seen } from "./requestsSeen.ts";
import { severityOf } from "./severity.ts";

/** How far back the chart of a route goes. */
export const HISTORY_MS = 6 * 3_600_000;
/** Samples of all backends together, 17 bytes each: 17 MB. The oldest give way. */
const SAMPLES_LIMIT = 1_000_000;
/** Room for samples at the start; it doubles up to the limit. */
const FIRST_ROOM = 16_384;
/** A healthy route has at most one sample in this time, any other one at every tick. */
export const CALM_EVERY_MS = 60_000;
/** A sample stands for what follows it, for this long at most: then the same is written again. */
export const SAMPLE_HOLDS_MS = 10 * 60_000;
/** A success rate that moves less is the same, in shares. */
const SAME_SUCCESS = 0.002;
/** A request rate that moves less is the same, as a part of it. */
const SAME_RATE = 0.2;
/** Routes in one slice: other work comes in between. */
const ROUTES_A_SLICE = 500;

/** A share is stored as a number of ten-thousandths. */
const PARTS = 10_000;
const NO_SHARE = 0xffff;
const SEEN = ["value", "quiet", "unknown", "off"] as const satisfies readonly Seen[];
/** Times are stored in tenths of a second since the first sample: enough for 13 years. */
const TIME_STEP_MS = 100;

/** What was seen of one backend, oldest first; each sample holds until the next one. */
export interface BackendHistory {
  readonly at: readonly number[];
  /** Share of the route's traffic by its weights, 0..1. */
  readonly share: readonly number[];
  readonly success: readonly (number | null)[];
  readonly perSecond: readonly (number | null)[];
  readonly seen: readonly Seen[];
}

interface Sample {
  readonly atMs: number;
  readonly share: number;
  readonly success: number | null;
  readonly perSecond: number | null;
  readonly seen: Seen;
}

interface Last extends Sample {
  /** Position among all samples ever written. */
  readonly position: number;
}

/**
 * Weights, success rates and request rates of the last hours, for the chart of a route. All backends share one ring of fixed size, and
 * a sample is written only if something has changed: steady routes cost next to nothing.
 */
export class History {
  readonly #limit: number;
  #room = FIRST_ROOM;
  #columns: Columns;
  #written = 0;
  readonly #lasts = new Map<string, Map<string, Last>>();
  /** By route: its state when it was last taken, and when. A tick leaves most states as they are. */
  readonly #taken = new Map<string, { readonly route: RouteState; readonly atMs: number }>();
  #startMs: number | null = null;
  #lastTickMs: number | null = null;
  #sampling = false;

  constructor(limit: number = SAMPLES_LIMIT) {
    this.#limit = limit;
    this.#room = Math.min(FIRST_ROOM, limit);
    this.#columns = columnsFor(this.#room);
  }

  /** Samples written so far, for measurements. */
  get written(): number {
    return this.#written;
  }

  /** Takes the last tick, in slices; does nothing if that tick was taken already. `nowMs` is the wall clock. */
  async sample({ routes, lastMs }: Pick<State, "routes" | "lastMs">, nowMs: number): Promise<void> {
    if (lastMs === this.#lastTickMs || this.#sampling) return;
    this.#lastTickMs = lastMs;
    this.#sampling = true;
    try {
      for (const key of this.#lasts.keys()) if (!routes.has(key)) this.#forget(key);
      let done = 0;
      for (const [key, route] of routes) {
        if (this.#isTaken(key, route, nowMs)) continue;
        this.#taken.set(key, { route, atMs: nowMs });
        this.#sampleRoute(key, route, nowMs);
        done += 1;
        if (done % ROUTES_A_SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      this.#sampling = false;
    }
  }

  /** The history of each backend of a route since `fromMs`, with the sample that held at that time. */
  of(route: string, fromMs: number): Readonly<Record<string, BackendHistory>> {
    const lasts = this.#lasts.get(route);
    if (lasts === undefined) return {};
    return Object.fromEntries([...lasts].map(([backend, last]) => [backend, this.#backwards(last.position, fromMs)] as const));
  }

  #forget(key: string): void {
    this.#lasts.delete(key);
    this.#taken.delete(key);
  }

  /** Whether this state was sampled, or left out as too soon after a sample, not long ago. */
  #isTaken(key: string, route: RouteState, nowMs: number): boolean {
    const last = this.#taken.get(key);
    return last?.route === route && nowMs >= last.atMs && nowMs - last.atMs < CALM_EVERY_MS;
  }

  #sampleRoute(key: string, route: RouteState, nowMs: number): void {
    const lasts = this.#lasts.get(key) ?? new Map<string, Last>();
    if (lasts.size === 0) this.#lasts.set(key, lasts);
    const everyMs = severityOf(route) === "healthy" ? CALM_EVERY_MS : 0;
    const shares = sharesOf(route);
    for (const backend of lasts.keys()) if (!shares.has(backend)) lasts.delete(backend);
    for (const [backend, share] of shares) {
      const last = lasts.get(backend);
      const sample = { atMs: nowMs, share, ...requestsOf(route, route.backends.get(backend)) };
      if (last === undefined || isNews(last, sample, everyMs)) lasts.set(backend, this.#write(sample, last));
    }
  }

  #write(sample: Sample, last: Last | undefined): Last {
    this.#startMs ??= sample.atMs;
    if (this.#written >= this.#room && this.#room < this.#limit) this.#grow();
    const position = this.#written;
    const i = position % this.#room;
    const { at, back, share, success, perSecond, seen } = this.#columns;
    at[i] = Math.max(0, Math.round((sample.atMs - this.#startMs) / TIME_STEP_MS));
    back[i] = last === undefined ? 0 : position - last.position;
    share[i] = Math.round(sample.share * PARTS);
    success[i] = sample.success === null ? NO_SHARE : Math.floor(sample.success * PARTS);
    perSecond[i] = sample.perSecond ?? Number.NaN;
    seen[i] = SEEN.indexOf(sample.seen);
    this.#written += 1;
    return { ...sample, position };
  }

  /** Only before the ring is full for the first time, so that every sample stays where it is. */
  #grow(): void {
    this.#room = Math.min(this.#limit, this.#room * 2);
    const wider = columnsFor(this.#room);
    for (const [name, column] of Object.entries(this.#columns)) wider[name as keyof Columns].set(column);
    this.#columns = wider;
  }

  #backwards(newest: number, fromMs: number): BackendHistory {
    const { at, back, share, success, perSecond, seen } = this.#columns;
    const found: Sample[] = [];
    let position = newest;
    for (;;) {
      if (position < 0 || position < this.#written - this.#room) break;
      const i = position % this.#room;
      const atMs = (this.#startMs ?? 0) + (at[i] ?? 0) * TIME_STEP_MS;
      const rate = perSecond[i] ?? Number.NaN;
      found.push({
        atMs,
        share: (share[i] ?? 0) / PARTS,
        success: success[i] === NO_SHARE ? null : (success[i] ?? 0) / PARTS,
        perSecond: Number.isNaN(rate) ? null : Number(rate.toPrecision(4)),
        seen: SEEN[seen[i] ?? 0] ?? "unknown",
      });
      if (atMs <= fromMs || back[i] === 0) break;
      position -= back[i] ?? 0;
    }
    found.reverse();
    return {
      at: found.map(({ atMs }) => atMs),
      share: found.map((sample) => sample.share),
      success: found.map((sample) => sample.success),
      perSecond: found.map((sample) => sample.perSecond),
      seen: found.map((sample) => sample.seen),
    };
  }
}

type Columns = ReturnType<typeof columnsFor>;

function columnsFor(room: number) {
  return {
    at: new Uint32Array(room),
    /** How many samples before this one the last one of the same backend is; 0: it is the first. */
    back: new Uint32Array(room),
    share: new Uint16Array(room),
    success: new Uint16Array(room),
    perSecond: new Float32Array(room),
    seen: new Uint8Array(room),
  };
}

/** Each backend's share of the traffic by the live weights, over all splits. */
function sharesOf({ splits, trace }: RouteState): ReadonlyMap<string, number> {
  if (trace.survey) return trace.survey.shares;
  const shares = new Map<string, number>();
  for (const { live } of splits) {
    const sum = Object.values(live).reduce((total, weight) => total + weight, 0);
    for (const [backend, weight] of Object.entries(live)) {
      shares.set(backend, (shares.get(backend) ?? 0) + (sum > 0 ? weight / sum / splits.length : 0));
    }
  }
  return shares;
}

function isNews(last: Sample, now: Sample, everyMs: number): boolean {
  if (last.share !== now.share) return true;
  const passedMs = now.atMs - last.atMs;
  if (passedMs >= SAMPLE_HOLDS_MS || passedMs < 0) return true;
  if ((last.seen === "unknown") !== (now.seen === "unknown")) return true;
  if (passedMs < everyMs) return false;
  if (last.seen !== now.seen || (last.success === null) !== (now.success === null)) return true;
  if (Math.abs((last.success ?? 0) - (now.success ?? 0)) > SAME_SUCCESS) return true;
  return Math.abs((last.perSecond ?? 0) - (now.perSecond ?? 0)) > SAME_RATE * Math.max(last.perSecond ?? 0, now.perSecond ?? 0);
}

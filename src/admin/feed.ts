import { gzip } from "node:zlib";
import type { RecordedDecision } from "../controller/decisionRing.ts";
import type { Report } from "../controller/report.ts";
import type { PastDecision } from "../evaluator/explain/pastDecision.ts";
import type { RouteState, State } from "../evaluator/model/state.ts";
import { routeKey } from "../routes/route.ts";
import { decisionJson, pastDecisionJson } from "./decisionJson.ts";
import { feedHeader, NO_LINKS, type PageLinks } from "./feedHeader.ts";
import { type FeedRoute, feedRoute, type LastShift } from "./feedRoute.ts";
import { rfc3339 } from "./rfc3339.ts";
import { severityOf } from "./severity.ts";

/** Routes in one answer; a page asks again at once for the rest. */
export const ROUTES_AN_ANSWER = 2_500;
/** Routes that are rendered in one slice: other work comes in between. */
const ROUTES_A_SLICE = 250;
/** Routes whose reasons are sent: no person reads more at once. The page of a route has its own. */
export const EXPLAINED_ROUTES = 200;
/** The header is as old as this at most. */
const HEADER_FRESH_MS = 1_000;
/** Without a viewer for this long, everything is dropped. A browser polls every two seconds. */
export const DROP_AFTER_MS = 60_000;
/** The latest decisions that are sent. */
const DECISIONS = 30;
/** Answers that are kept until the next change, each for another cursor. */
const BODIES_KEPT = 32;
/** Deleted routes that are remembered; a page that missed more of them starts anew. */
const GONE_KEPT = 1_000;
/** Shorter answers are not compressed, in bytes. */
const COMPRESS_FROM = 1_024;
/** Fast rather than small. */
const COMPRESSION_LEVEL = 1;

export interface FeedOptions {
  readonly report: () => Report;
  /** Decisions of earlier processes and of other replicas, newest first. */
  readonly past: () => readonly PastDecision[];
  /** Absent: none. */
  readonly links?: PageLinks;
  /** A monotonic clock. */
  readonly nowMs?: () => number;
  /** Distinguishes this process from others. */
  readonly id?: string;
}

/** One answer, which all viewers share. */
export interface FeedBody {
  readonly plain: Buffer;
  readonly gzipped: Buffer | null;
}

interface Entry {
  /** When it last changed, as a number that grows with each change of any route. */
  readonly seq: number;
  readonly text: string;
  readonly route: FeedRoute;
  readonly state: RouteState;
}

/**
 * The routes as a feed of changes. A viewer asks for what has changed since a cursor; from the beginning, the same feed is the list of
 * all routes, page by page. Nothing is rendered while no page is open, each change once, and each answer once for all viewers.
 */
export class Feed {
  readonly #options: Required<FeedOptions>;
  /** In the order of their last change. */
  readonly #entries = new Map<string, Entry>();
  /** Deleted routes and when they went, in that order. */
  readonly #gone = new Map<string, number>();
  readonly #bodies = new Map<string, Promise<FeedBody>>();
  #seq = 0;
  /** Viewers at an older cursor have missed deleted routes. */
  #oldestSeq = 0;
  #state: State | null = null;
  #decisions: { readonly seq: number; readonly text: string } = { seq: 0, text: "[]" };
  #header = "";
  #refreshedMs: number | null = null;
  #refreshing: Promise<void> | null = null;
  #askedMs = 0;
  /** For measurements: routes rendered, and answers made. */
  readonly counts = { rendered: 0, bodies: 0 };

  constructor(options: FeedOptions) {
    const id = Date.now().toString(36);
    this.#options = { nowMs: () => performance.now(), id, links: NO_LINKS, ...options };
  }

  /** The changes since a cursor of an earlier answer; everything if it is null or not of this process. */
  async answer(cursor: string | null): Promise<FeedBody> {
    this.#askedMs = this.#options.nowMs();
    await this.#refresh();
    const [id, seqText = ""] = cursor?.split("-") ?? [];
    const seq = id === this.#options.id && /^\d{1,15}$/.test(seqText) ? Number(seqText) : -1;
    const since = seq > this.#seq || seq < this.#oldestSeq ? -1 : seq;
    const key = String(since);
    const known = this.#bodies.get(key);
    if (known !== undefined) return known;
    const body = this.#body(since);
    // Browsers follow the newest cursor; only what asks for others needs many.
    const [oldest] = this.#bodies.keys();
    if (this.#bodies.size >= BODIES_KEPT && oldest !== undefined) this.#bodies.delete(oldest);
    this.#bodies.set(key, body);
    return body;
  }

  /** Drops everything if no page is open any more. A page that comes back begins anew. */
  dropIfUnwatched(): void {
    if (this.#state === null || this.#refreshing !== null || this.#options.nowMs() - this.#askedMs < DROP_AFTER_MS) return;
    for (const kept of [this.#entries, this.#gone, this.#bodies]) kept.clear();
    this.#oldestSeq = this.#nextSeq();
    this.#state = null;
    this.#refreshedMs = null;
  }

  /** One at a time; a viewer that comes meanwhile waits for the same one. */
  #refresh(): Promise<void> {
    const { nowMs } = this.#options;
    const isFresh = this.#refreshedMs !== null && nowMs() - this.#refreshedMs < HEADER_FRESH_MS;
    if (this.#refreshing === null && isFresh && this.#options.report().state === this.#state) return Promise.resolve();
    this.#refreshing ??= this.#render().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #render(): Promise<void> {
    const report = this.#options.report();
    const past = this.#options.past();
    this.#takeDecisions(report.decisions, past);
    if (report.state !== this.#state) await this.#takeRoutes(report, lastOfRoutes(report.decisions, past));
    this.#state = report.state;
    const severities = [...this.#entries.values()].map(({ route }) => route.severity);
    this.#header = JSON.stringify(feedHeader(report, severities, this.#options.links));
    this.#refreshedMs = this.#options.nowMs();
    this.#bodies.clear();
  }

  #takeDecisions(decisions: readonly RecordedDecision[], past: readonly PastDecision[]): void {
    const own = decisions.slice(0, DECISIONS).flatMap(decisionJson);
    const told = past.slice(0, DECISIONS).flatMap(pastDecisionJson);
    const newest = [...own, ...told].toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
    const text = JSON.stringify(newest.slice(0, DECISIONS));
    if (text !== this.#decisions.text) this.#decisions = { seq: this.#nextSeq(), text };
  }

  async #takeRoutes(report: Report, lasts: ReadonlyMap<string, LastShift>): Promise<void> {
    const { state, lastTickMs, nowMs } = report;
    for (const key of this.#entries.keys()) if (!state.routes.has(key)) this.#remove(key);
    let explained = 0;
    let done = 0;
    for (const [key, route] of state.routes) {
      done += 1;
      if (done % ROUTES_A_SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
      const before = this.#entries.get(key);
      const last = lasts.get(key);
      if (before?.state === route && before.route.lastShift === (last === undefined ? null : rfc3339(last.atMs))) continue;
      if (severityOf(route) !== "healthy") explained += 1;
      const rendered = feedRoute(key, route, {
        ...{ tickMs: lastTickMs ?? nowMs, aheadMs: state.aheadMs ?? 0, last, before: before?.route },
        explained: explained <= EXPLAINED_ROUTES,
      });
      this.counts.rendered += 1;
      this.#put(key, route, rendered, before);
    }
  }

  #put(key: string, state: RouteState, route: FeedRoute, before: Entry | undefined): void {
    const text = JSON.stringify(route);
    if (before?.text === text) {
      // The same place in the order of changes.
      this.#entries.set(key, { ...before, state });
      return;
    }
    this.#entries.delete(key);
    this.#gone.delete(key);
    this.#entries.set(key, { seq: this.#nextSeq(), text, route, state });
  }

  #remove(key: string): void {
    this.#entries.delete(key);
    this.#gone.set(key, this.#nextSeq());
    const [oldest] = this.#gone;
    if (this.#gone.size <= GONE_KEPT || oldest === undefined) return;
    this.#gone.delete(oldest[0]);
    this.#oldestSeq = oldest[1];
  }

  #nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  #body(since: number): Promise<FeedBody> {
    this.counts.bodies += 1;
    const routes: string[] = [];
    let cursor = this.#seq;
    let more = false;
    for (const { seq, text } of this.#entries.values()) {
      if (seq <= since) continue;
      if (routes.length >= ROUTES_AN_ANSWER) {
        more = true;
        break;
      }
      cursor = seq;
      routes.push(text);
    }
    if (!more) cursor = this.#seq;
    const gone = since < 0 ? [] : [...this.#gone].filter(([, seq]) => seq > since && seq <= cursor).map(([key]) => key);
    const decisions = this.#decisions.seq > since ? this.#decisions.text : "null";
    const parts = [
      `{"cursor":"${this.#options.id}-${cursor}","more":${more},"reset":${since < 0},"header":${this.#header}`,
      `"decisions":${decisions},"gone":${JSON.stringify(gone)},"routes":[${routes.join(",")}]}\n`,
    ];
    return compressed(Buffer.from(parts.join(",")));
  }
}

/** The newest written decision of each route. */
function lastOfRoutes(decisions: readonly RecordedDecision[], past: readonly PastDecision[]): ReadonlyMap<string, LastShift> {
  const lasts = new Map<string, LastShift>();
  const note = (key: string, last: LastShift): void => {
    if ((lasts.get(key)?.atMs ?? 0) < last.atMs) lasts.set(key, last);
  };
  for (const one of decisions) {
    if (one.outcome.outcome === "written") note(routeKey(one.decision.route), { atMs: one.atMs, json: () => decisionJson(one)[0] ?? null });
  }
  for (const one of past) note(routeKey(one.route), { atMs: one.atMs, json: () => pastDecisionJson(one)[0] ?? null });
  return lasts;
}

/** Compressed by another thread, once for all viewers. */
function compressed(plain: Buffer): Promise<FeedBody> {
  if (plain.length < COMPRESS_FROM) return Promise.resolve({ plain, gzipped: null });
  return new Promise((resolve) => {
    gzip(plain, { level: COMPRESSION_LEVEL }, (error, gzipped) => resolve({ plain, gzipped: error === null ? gzipped : null }));
  });
}

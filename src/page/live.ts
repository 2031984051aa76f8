import type { DecisionJson } from "../admin/decisionJson.ts";
import type { FeedHeader } from "../admin/feedHeader.ts";
import type { FeedRoute } from "../admin/feedRoute.ts";
import { joined, newestMs, type RouteHistory } from "./routeHistory.ts";

/** Between two polls. */
const POLL_MS = 2_000;
/** Between two polls while the controller does not answer. */
const RETRY_MS = 5_000;
const ANSWER_TIME_LIMIT_MS = 10_000;

/** An answer of the feed. */
interface FeedAnswer {
  readonly cursor: string;
  readonly more: boolean;
  readonly reset: boolean;
  readonly header: FeedHeader;
  readonly decisions: readonly DecisionJson[] | null;
  readonly gone: readonly string[];
  readonly routes: readonly FeedRoute[];
}

/** A route from the API, as its own page shows it. */
export interface RouteDetail {
  readonly rule: string | null;
  readonly primary: string;
  readonly thresholds: { readonly failBelow: number; readonly recoverAbove: number } | null;
  readonly outlook: Readonly<Record<string, readonly string[]>>;
  readonly splits: readonly {
    readonly name: string;
    readonly backends: readonly {
      readonly backend: string;
      readonly weight: number;
      readonly baseline: number;
      readonly phase: string | null;
      readonly since: string | null;
      readonly verdict: string;
      readonly reasons: readonly { readonly kind: string; readonly text: string; readonly cause?: string }[];
    }[];
  }[];
  readonly decisions: readonly DecisionJson[];
}

/** What the last poll read. */
export interface Snapshot {
  readonly header: FeedHeader | null;
  readonly routes: ReadonlyMap<string, FeedRoute>;
  /** Grows with every change of `routes`. */
  readonly version: number;
  /** All routes have arrived at least once. */
  readonly complete: boolean;
  readonly decisions: readonly DecisionJson[];
  /** The route of this page; null on the page of all routes, or if the route does not exist. */
  readonly detail: RouteDetail | null;
  readonly history: RouteHistory | null;
  /** How far the controller's clock is ahead of the browser's. */
  readonly skewMs: number;
  /** Why the last poll failed; null: it did not. */
  readonly error: string | null;
}

export const EMPTY: Snapshot = {
  ...{ header: null, routes: new Map(), version: 0, complete: false, decisions: [] },
  ...{ detail: null, history: null, skewMs: 0, error: null },
};

/** Polls the controller while the page is visible, and passes on each snapshot. Returns a function that polls at once. */
export function watch(shownRoute: () => string | null, onSnapshot: (snapshot: Snapshot) => void): () => void {
  let snapshot = EMPTY;
  let cursor: string | null = null;
  let timer: number | undefined;
  let polling = false;
  const poll = async (): Promise<void> => {
    window.clearTimeout(timer);
    if (polling) return;
    polling = true;
    const key = shownRoute();
    try {
      const answer = await get<FeedAnswer>(cursor === null ? "api/feed" : `api/feed?since=${encodeURIComponent(cursor)}`);
      cursor = answer.cursor;
      snapshot = applied(snapshot, answer);
      const route = key !== null && snapshot.routes.has(key) ? await routeOf(key, snapshot.history) : { detail: null, history: null };
      if (shownRoute() === key) snapshot = { ...snapshot, ...route, error: null };
    } catch (error) {
      snapshot = { ...snapshot, error: error instanceof Error ? error.message : String(error) };
    }
    polling = false;
    onSnapshot(snapshot);
    const isDue = snapshot.error === null && (!snapshot.complete || shownRoute() !== key);
    if (!document.hidden) timer = window.setTimeout(() => void poll(), isDue ? 0 : snapshot.error === null ? POLL_MS : RETRY_MS);
  };
  document.addEventListener("visibilitychange", () => void (document.hidden ? window.clearTimeout(timer) : poll()));
  void poll();
  return () => {
    snapshot = { ...snapshot, detail: null, history: null };
    void poll();
  };
}

function applied(before: Snapshot, { reset, routes: changed, gone, header, decisions, more }: FeedAnswer): Snapshot {
  const routes = new Map(reset ? [] : before.routes);
  for (const key of gone) routes.delete(key);
  for (const route of changed) routes.set(route.key, route);
  const isSame = !reset && gone.length === 0 && changed.length === 0;
  return {
    ...before,
    header,
    routes: isSame ? before.routes : routes,
    version: isSame ? before.version : before.version + 1,
    complete: !more,
    decisions: decisions ?? before.decisions,
    skewMs: Date.parse(header.now) - Date.now(),
  };
}

/** Of the history, only what came since the last poll. */
async function routeOf(key: string, known: RouteHistory | null): Promise<Pick<Snapshot, "detail" | "history">> {
  const path = key.split("/").map(encodeURIComponent).join("/");
  const sinceMs = known === null ? null : newestMs(known);
  const [detail, { backends }] = await Promise.all([
    get<RouteDetail>(`api/routes/${path}`),
    get<{ readonly backends: RouteHistory }>(`api/history/${path}${sinceMs === null ? "" : `?since=${sinceMs}`}`),
  ]);
  return { detail, history: known === null ? backends : joined(known, backends) };
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(path, { signal: AbortSignal.timeout(ANSWER_TIME_LIMIT_MS), headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()) as T;
}

import type { KubeApi, KubeFailure, KubeList, KubeObject, Query, WatchEnd, WatchEvent } from "../kube/kubeApi.ts";
import { listPage } from "../kube/listPage.ts";
import { backoffMs } from "./backoff.ts";
import type { Change } from "./change.ts";
import { inTurns } from "./inTurns.ts";
import { PastVersions } from "./pastVersions.ts";
import { pause } from "./pause.ts";
import { withKind } from "./withKind.ts";

const PAGE_TIME_LIMIT_MS = 30_000;
/** The server ends a watch after this long (plus up to WATCH_SPREAD_S), so even an idle watch without bookmarks gives a sign of life. */
const WATCH_TIME_S = 40;
const WATCH_SPREAD_S = 10;
/** Time allowed for the end of a watch to arrive. */
const CLOSE_ALLOWANCE_MS = 5_000;
/** A watch without an event, a bookmark or its end for this long is dead. */
const SILENCE_LIMIT_MS = 55_000;
/** Cached objects are trusted for this long after the last message of the server. */
export const TRUST_LIMIT_MS = 60_000;
/** A watch that lasted this long was healthy: the backoff starts anew after it. */
const HEALTHY_AFTER_MS = 5_000;
/** How often to check again for a resource that the server does not know, and for a better version than the one in use. */
const DISCOVERY_INTERVAL_MS = 60_000;
export interface InformerOptions<T> {
  readonly kube: KubeApi;
  /** The paths of one collection by version, the best first. The best version that is served is used; it may change. */
  readonly paths: readonly string[];
  /** What to cache of an object; null: the object is ignored. */
  project(object: KubeObject): T | null;
  /** Whether what a list has says the same as what is cached: then that stays, and nothing is told. Absent: never. */
  isSame?(cached: T, listed: T): boolean;
  onChange(change: Change<T>): void;
  /** The resource is optional: if listing it is forbidden, `synced` resolves nevertheless. */
  readonly optional?: boolean;
  readonly nowMs: () => number;
  readonly random: () => number;
}

/** Lists and watches a collection until its signal aborts, and notices a dead watch. It caches a projection of each object, never the object. */
export class Informer<T> {
  readonly #options: InformerOptions<T>;
  readonly #items = new Map<string, T>();
  readonly #past = new PastVersions();
  readonly #synced = Promise.withResolvers<void>();
  #version: string | null = null;
  #path = 0;
  /** All paths are being tried in turn. */
  #searching = false;
  /** When the better paths than the one in use were last tried. */
  #betterTriedMs: number | null = null;
  #lastEventMs: number | null = null;
  #listed = false;
  #absent = false;
  #trouble: string | null = null;
  #restarts = 0;
  #failures = 0;
  /** The last watch only reported that its version is too old. */
  #outdated = false;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
  }

  /** Resolves once the first list is complete, or the server has said that it does not know the resource. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get isSynced(): boolean {
    return this.#listed || this.#absent;
  }

  get isAbsent(): boolean {
    return this.#absent;
  }

  /** The server's last error answer to a list; null after a successful list, or if the server does not know the resource. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** The path that is listed and watched; null while it is unknown. */
  get path(): string | null {
    return this.#listed && !this.#absent ? (this.#options.paths[this.#path] ?? null) : null;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get lastEventMs(): number | null {
    return this.#lastEventMs;
  }

  /** Whether the cached objects are current: the last message of the server is at most TRUST_LIMIT_MS old. */
  get trusted(): boolean {
    return this.#listed && !this.#absent && this.#lastEventMs !== null && this.#options.nowMs() - this.#lastEventMs <= TRUST_LIMIT_MS;
  }

  get(key: string): T | undefined {
    return this.#items.get(key);
  }

  values(): IterableIterator<T> {
    return this.#items.values();
  }

  /** Caches the answer to a write, because the watch may be late or hang. From then on the version that it replaced is outdated. */
  noteWritten(object: KubeObject, overVersion: string, isWrittenOver: (known: T) => boolean): void {
    const key = keyOf(object);
    const known = this.#items.get(key);
    if (known === undefined || !isWrittenOver(known)) return;
    this.#past.note(key, overVersion);
    this.#put(key, this.#options.project(object), {});
  }

  /** Lists and watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // After a long silence, a list is the quickest way to make the cache current again.
      if (this.#version === null || !this.trusted) await pause(await this.#list(signal), signal);
      else if (this.#mayHaveBetter()) await this.#findBetter(signal);
      else await pause(await this.#watch(this.#version, signal), signal);
    }
    this.#synced.resolve();
  }

  /** Returns how long to wait before the next step. */
  async #list(signal: AbortSignal): Promise<number> {
    const { kube, paths, random } = this.#options;
    const found = new Map<string, T>();
    const ignored = new Set<string>();
    let next: string | undefined;
    let version: string | undefined;
    do {
      const query: Query = next === undefined ? {} : { continue: next };
      const page = await listPage(kube, paths[this.#path] ?? "", { query, timeLimitMs: PAGE_TIME_LIMIT_MS, signal });
      if (signal.aborted) return 0;
      if (!page.ok) return this.#listFailed(page);
      for (const item of page.value.items ?? []) this.#project(withKind(item, page.value), found, ignored);
      next = page.value.metadata?.continue || undefined;
      version = page.value.metadata?.resourceVersion;
    } while (next !== undefined);
    if (version === undefined) return this.#troubled();
    // All of a first list is new. A later one is cached at once: what has moved between two objects would be missing in between.
    if (!this.#listed) await inTurns(found, signal, ([key, item]) => this.#putListed(key, item));
    this.#replace(found, ignored);
    this.#version = version;
    this.#listed = true;
    this.#absent = false;
    this.#trouble = null;
    this.#searching = false;
    this.#lastEventMs = this.#options.nowMs();
    this.#betterTriedMs ??= this.#lastEventMs;
    this.#synced.resolve();
    // A successful list does not reset the backoff: with a watch that breaks at once, we would list without a pause.
    return this.#failures === 0 ? 0 : backoffMs(1, random());
  }

  #listFailed(failure: KubeFailure): number {
    if (failure.status === 403 && this.#options.optional === true) this.#synced.resolve();
    if (failure.status !== 404) {
      this.#trouble = `${failure.reason}: ${failure.message}`;
      return this.#troubled();
    }
    if (this.#tryNextPath()) return 0;
    this.#absent = true;
    this.#trouble = null;
    this.#version = null;
    this.#replace(new Map(), new Set());
    this.#synced.resolve();
    return DISCOVERY_INTERVAL_MS;
  }

  /** Selects the next path; false if all were tried. If a version that was in use is no longer served, starts again with the best one. */
  #tryNextPath(): boolean {
    const restarts = !this.#searching && this.#path > 0;
    this.#searching = true;
    this.#path = restarts ? 0 : this.#path + 1;
    if (this.#path < this.#options.paths.length) return true;
    this.#path = 0;
    this.#searching = false;
    return false;
  }

  #mayHaveBetter(): boolean {
    return this.#path > 0 && this.#options.nowMs() - (this.#betterTriedMs ?? 0) >= DISCOVERY_INTERVAL_MS;
  }

  /** Selects the best version that is served now. If it is a better one, the next list uses it. */
  async #findBetter(signal: AbortSignal): Promise<void> {
    const { kube, paths, nowMs } = this.#options;
    for (const [path, better] of paths.slice(0, this.#path).entries()) {
      const answer = await kube.get<KubeList>(better, { query: { limit: 1 }, timeLimitMs: PAGE_TIME_LIMIT_MS, signal });
      if (!answer.ok) continue;
      this.#path = path;
      this.#version = null;
      break;
    }
    this.#betterTriedMs = nowMs();
  }

  async #watch(version: string, signal: AbortSignal): Promise<number> {
    const { kube, paths, nowMs, random } = this.#options;
    const fromMs = nowMs();
    const query = {
      resourceVersion: version,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.min(WATCH_TIME_S + Math.floor(random() * WATCH_SPREAD_S), this.#trustLeftS()),
    };
    const own = new AbortController();
    const abort = (): void => own.abort();
    signal.addEventListener("abort", abort, { once: true });
    const onEvent = (event: WatchEvent): void => {
      if (!own.signal.aborted && !this.#take(event)) own.abort();
    };
    const end = await kube.watch(paths[this.#path] ?? "", query, onEvent, SILENCE_LIMIT_MS, own.signal);
    signal.removeEventListener("abort", abort);
    if (signal.aborted) return 0;
    return this.#watchEnded(end, nowMs() - fromMs >= HEALTHY_AFTER_MS);
  }

  /** The longest time for a new watch, in seconds, so that its end arrives before the cache is no longer trusted. */
  #trustLeftS(): number {
    const ageMs = this.#options.nowMs() - (this.#lastEventMs ?? 0);
    return Math.max(1, Math.floor((TRUST_LIMIT_MS - CLOSE_ALLOWANCE_MS - ageMs) / 1_000));
  }

  #watchEnded(end: WatchEnd, lived: boolean): number {
    if (lived) {
      this.#failures = 0;
      this.#outdated = false;
    }
    if (end.end === "closed") {
      this.#lastEventMs = this.#options.nowMs();
      if (lived) return 0;
    }
    if (end.end === "failed" && (end.failure.status === 410 || end.failure.status === 404)) this.#version = null;
    this.#restarts += 1;
    // After an outage, the server's first answer is often that our version is too old: list soon. The second time in a row, back off.
    const firstOutdated = this.#version === null && !this.#outdated;
    this.#outdated = this.#version === null;
    return firstOutdated ? backoffMs(1, this.#options.random()) : this.#troubled();
  }

  #troubled(): number {
    this.#failures += 1;
    return backoffMs(this.#failures, this.#options.random());
  }

  /** Handles one event; false: the watch must end. */
  #take(event: WatchEvent): boolean {
    if (event.type === "ERROR") {
      // Usually 410 (the version is too old). A new list helps against any error.
      this.#version = null;
      return false;
    }
    this.#lastEventMs = this.#options.nowMs();
    this.#version = event.object.metadata?.resourceVersion ?? this.#version;
    if (event.type === "BOOKMARK") return true;
    const key = keyOf(event.object);
    const isPast = this.#past.has(key, event.object.metadata?.resourceVersion);
    const isGone = event.type === "DELETED";
    if (isGone || !isPast) this.#put(key, isGone ? null : this.#options.project(event.object), { deleted: isGone });
    return true;
  }

  #project(object: KubeObject, into: Map<string, T>, ignored: Set<string>): void {
    const key = keyOf(object);
    const known = this.#items.get(key);
    const isPast = known !== undefined && this.#past.has(key, object.metadata?.resourceVersion);
    const listed = isPast ? known : this.#options.project(object);
    const isSame = listed !== null && known !== undefined && (isPast || this.#options.isSame?.(known, listed) === true);
    const item = isSame ? known : listed;
    if (item !== null) into.set(key, item);
    else if (known !== undefined) ignored.add(key);
  }

  #putListed(key: string, item: T): void {
    if (this.#items.get(key) !== item) this.#put(key, item, { fromList: true });
  }

  /** Cached objects that the list lacks are deleted; those in `ignored` still exist, but `project` ignores them now. */
  #replace(found: ReadonlyMap<string, T>, ignored: ReadonlySet<string>): void {
    const lacking = [...this.#items.keys()].filter((key) => !found.has(key));
    for (const [key, item] of found) this.#putListed(key, item);
    for (const key of lacking) this.#put(key, null, { deleted: !ignored.has(key), fromList: true });
  }

  #put(key: string, now: T | null, { deleted = false, fromList = false }): void {
    const before = this.#items.get(key) ?? null;
    if (now !== null) this.#items.set(key, now);
    else if (this.#items.delete(key)) this.#past.forget(key);
    if (before !== null || now !== null) this.#options.onChange({ key, before, now, deleted, fromList });
  }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`;
}

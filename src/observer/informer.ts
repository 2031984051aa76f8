import type { KubeApi, KubeFailure, KubeList, KubeObject, Query, WatchEnd, WatchEvent } from "../kube/kubeApi.ts";
import { listPage } from "../kube/listPage.ts";
import { backoffMs } from "./backoff.ts";
import { PastVersions } from "./pastVersions.ts";
import { pause } from "./pause.ts";
import { withKind } from "./withKind.ts";

const PAGE_TIME_LIMIT_MS = 30_000;
/** The server ends a watch after this long (and up to WATCH_SPREAD_S more), so an idle one is heard from even where no bookmark comes. */
const WATCH_TIME_S = 40;
const WATCH_SPREAD_S = 10;
/** What the end of a watch may take on its way. */
const GOODBYE_MS = 5_000;
/** A watch that said nothing for this long, not even goodbye, is dead. */
const SILENCE_LIMIT_MS = 55_000;
/** What is remembered is believed this long after the server was last heard. */
export const TRUST_LIMIT_MS = 60_000;
/** A watch that lived this long was healthy: the next trouble is a new one. */
const HEALTHY_AFTER_MS = 5_000;
/** A resource that the server does not know is looked for again this often, as is a better version than the one in use. */
const LOOK_AGAIN_MS = 60_000;

export interface InformerOptions<T> {
  readonly kube: KubeApi;
  /** The same collection by its versions, the best first. The best that is served is used, though it may change. */
  readonly paths: readonly string[];
  /** What to remember of an object; null: nothing, it does not concern us. */
  project(object: KubeObject): T | null;
  onChange(change: Change<T>): void;
  /** It can be done without: that we may not list it keeps nobody waiting for the first list. */
  readonly optional?: boolean;
  readonly nowMs: () => number;
  readonly random: () => number;
}

export interface Change<T> {
  /** `NAMESPACE/NAME`. */
  readonly key: string;
  readonly before: T | null;
  readonly now: T | null;
  /** The object is gone, as opposed to no longer concerning us. */
  readonly deleted: boolean;
}

/**
 * List and watch that cannot die silently. It remembers a projection of each object, never the object, and it goes on
 * until its signal aborts, whatever the server does.
 */
export class Informer<T> {
  readonly #options: InformerOptions<T>;
  readonly #items = new Map<string, T>();
  readonly #past = new PastVersions();
  readonly #synced = Promise.withResolvers<void>();
  #version: string | null = null;
  #path = 0;
  /** All paths are being tried in turn. */
  #searching = false;
  /** When a better path than the one in use was looked for. */
  #tickedMs: number | null = null;
  #lastEventMs: number | null = null;
  #listed = false;
  #absent = false;
  #trouble: string | null = null;
  #restarts = 0;
  #failures = 0;
  /** The last watch was good for nothing but to tell that a new list is needed. */
  #outdated = false;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
  }

  /** Resolves once the first list is in, or it is known that there is nothing to list. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get isSynced(): boolean {
    return this.#listed || this.#absent;
  }

  get isAbsent(): boolean {
    return this.#absent;
  }

  /** What the server last said instead of a list; null once it has listed, or does not know the resource. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** The path that is listed and watched, as far as it is known. */
  get path(): string | null {
    return this.#listed && !this.#absent ? (this.#options.paths[this.#path] ?? null) : null;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get lastEventMs(): number | null {
    return this.#lastEventMs;
  }

  /** Whether what is remembered is current: the server was heard from not long ago. */
  get trusted(): boolean {
    return this.#listed && !this.#absent && this.#lastEventMs !== null && this.#options.nowMs() - this.#lastEventMs <= TRUST_LIMIT_MS;
  }

  get(key: string): T | undefined {
    return this.#items.get(key);
  }

  values(): IterableIterator<T> {
    return this.#items.values();
  }

  /** Takes the answer to a write for a sight of the object: the watch may be late, or hang. What was written over is past from then on. */
  saw(object: KubeObject, overVersion: string, isWrittenOver: (known: T) => boolean): void {
    const key = keyOf(object);
    const known = this.#items.get(key);
    if (known === undefined || !isWrittenOver(known)) return;
    this.#past.note(key, overVersion);
    this.#put(key, this.#options.project(object), false);
  }

  /** Lists and watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // After long silence a list is the quickest proof that what we remember is current.
      if (this.#version === null || !this.trusted) await pause(await this.#list(signal), signal);
      else if (this.#mayBeBetter()) await this.#findBetter(signal);
      else await pause(await this.#watch(this.#version, signal), signal);
    }
    this.#synced.resolve();
  }

  /** Returns how long to wait before the next step. */
  async #list(signal: AbortSignal): Promise<number> {
    const { kube, paths, random } = this.#options;
    const found = new Map<string, T>();
    const letGo = new Set<string>();
    let next: string | undefined;
    let version: string | undefined;
    do {
      const query: Query = next === undefined ? {} : { continue: next };
      const page = await listPage(kube, paths[this.#path] ?? "", { query, timeLimitMs: PAGE_TIME_LIMIT_MS, signal });
      if (signal.aborted) return 0;
      if (!page.ok) return this.#listFailed(page);
      for (const item of page.value.items ?? []) this.#project(withKind(item, page.value), found, letGo);
      next = page.value.metadata?.continue || undefined;
      version = page.value.metadata?.resourceVersion;
    } while (next !== undefined);
    if (version === undefined) return this.#troubled();
    this.#replace(found, letGo);
    this.#version = version;
    this.#listed = true;
    this.#absent = false;
    this.#trouble = null;
    this.#searching = false;
    this.#lastEventMs = this.#options.nowMs();
    this.#tickedMs ??= this.#lastEventMs;
    this.#synced.resolve();
    // A list alone does not end a trouble: a watch that breaks at once would otherwise list without pause.
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
    return LOOK_AGAIN_MS;
  }

  /** False: none is left to try. A version that was served and is no more leaves the others, the best of them first. */
  #tryNextPath(): boolean {
    const restarts = !this.#searching && this.#path > 0;
    this.#searching = true;
    this.#path = restarts ? 0 : this.#path + 1;
    if (this.#path < this.#options.paths.length) return true;
    this.#path = 0;
    this.#searching = false;
    return false;
  }

  #mayBeBetter(): boolean {
    return this.#path > 0 && this.#options.nowMs() - (this.#tickedMs ?? 0) >= LOOK_AGAIN_MS;
  }

  /** The next list is asked of the best version that is served now; what it has in common with the last one stays. */
  async #findBetter(signal: AbortSignal): Promise<void> {
    const { kube, paths, nowMs } = this.#options;
    for (const [path, better] of paths.slice(0, this.#path).entries()) {
      const answer = await kube.get<KubeList>(better, { query: { limit: 1 }, timeLimitMs: PAGE_TIME_LIMIT_MS, signal });
      if (!answer.ok) continue;
      this.#path = path;
      this.#version = null;
      break;
    }
    this.#tickedMs = nowMs();
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

  /** A watch that is opened long after the server was heard has to be heard from before that is too long ago, however little happens. */
  #trustLeftS(): number {
    const ageMs = this.#options.nowMs() - (this.#lastEventMs ?? 0);
    return Math.max(1, Math.floor((TRUST_LIMIT_MS - GOODBYE_MS - ageMs) / 1_000));
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
    // That our version is too old is the server's first word after an outage, and no reason to wait any longer; twice it is.
    const firstOutdated = this.#version === null && !this.#outdated;
    this.#outdated = this.#version === null;
    return firstOutdated ? backoffMs(1, this.#options.random()) : this.#troubled();
  }

  #troubled(): number {
    this.#failures += 1;
    return backoffMs(this.#failures, this.#options.random());
  }

  /** False: the watch is of no use any more. */
  #take(event: WatchEvent): boolean {
    if (event.type === "ERROR") {
      // Mostly 410, the version being too old; whatever it is, only a new list is sure to help.
      this.#version = null;
      return false;
    }
    this.#lastEventMs = this.#options.nowMs();
    this.#version = event.object.metadata?.resourceVersion ?? this.#version;
    if (event.type === "BOOKMARK") return true;
    const key = keyOf(event.object);
    const isPast = this.#past.has(key, event.object.metadata?.resourceVersion);
    const isGone = event.type === "DELETED";
    if (isGone || !isPast) this.#put(key, isGone ? null : this.#options.project(event.object), isGone);
    return true;
  }

  #project(object: KubeObject, into: Map<string, T>, letGo: Set<string>): void {
    const key = keyOf(object);
    const known = this.#items.get(key);
    const projected = this.#past.has(key, object.metadata?.resourceVersion) && known !== undefined ? known : this.#options.project(object);
    if (projected !== null) into.set(key, projected);
    else if (this.#items.has(key)) letGo.add(key);
  }

  /** Objects that a list lacks are deleted; those of `letGo` are there and only ceased to concern us. */
  #replace(found: ReadonlyMap<string, T>, letGo: ReadonlySet<string>): void {
    for (const key of [...this.#items.keys()]) if (!found.has(key)) this.#put(key, null, !letGo.has(key));
    for (const [key, item] of found) this.#put(key, item, false);
  }

  #put(key: string, now: T | null, deleted: boolean): void {
    const before = this.#items.get(key) ?? null;
    if (now !== null) this.#items.set(key, now);
    else if (this.#items.delete(key)) this.#past.forget(key);
    if (before !== null || now !== null) this.#options.onChange({ key, before, now, deleted });
  }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`;
}

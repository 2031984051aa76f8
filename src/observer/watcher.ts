import type { KubeApi, KubeObject } from "../kube/kubeApi.ts";
import { resourcePath } from "../kube/resourcePath.ts";
import type { Change } from "./change.ts";
import { Informer } from "./informer.ts";
import type { ResourceHealth } from "./observer.ts";

export interface WatchedResource {
  readonly group: string;
  /** The best version first. */
  readonly versions: readonly string[];
  readonly plural: string;
  /** The name in logs and metrics, if the plural alone is ambiguous. */
  readonly name?: string;
}

export interface WatcherOptions<T> {
  readonly kube: KubeApi;
  readonly resource: WatchedResource;
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[];
  project(object: KubeObject): T | null;
  /** As `InformerOptions.isSame`. */
  isSame?(cached: T, listed: T): boolean;
  onChange(change: Change<T>): void;
  /** The resource is optional: skipped while listing it is forbidden. */
  readonly optional?: boolean;
  readonly nowMs: () => number;
  readonly random: () => number;
}

/** One resource, watched in all namespaces or in each of the listed ones. Namespaces are trusted and waited for one by one. */
export class Watcher<T> {
  readonly #resource: string;
  readonly #nowMs: () => number;
  /** By namespace; null: one informer for all namespaces. */
  readonly #informers: ReadonlyMap<string | null, Informer<T>>;
  /** By path. */
  readonly #versions = new Map<string, string>();
  #startedMs = 0;

  constructor(options: WatcherOptions<T>) {
    const { group, versions, plural, name = plural } = options.resource;
    this.#resource = name;
    this.#nowMs = options.nowMs;
    const informerOf = (namespace: string | null) => {
      const paths = versions.map((version) => resourcePath({ group, version, plural, ...(namespace === null ? {} : { namespace }) }));
      for (const [i, path] of paths.entries()) this.#versions.set(path, versions[i] ?? "");
      return new Informer<T>({ ...options, paths });
    };
    this.#informers = new Map(scopesOf(options.namespaces).map((namespace) => [namespace, informerOf(namespace)]));
  }

  /** Starts to watch until the signal aborts. */
  start(signal: AbortSignal): void {
    this.#startedMs = this.#nowMs();
    for (const informer of this.#informers.values()) void informer.run(signal);
  }

  /** As `Informer.synced`, of one scope. */
  async listed(scope: string | null): Promise<void> {
    await this.#informers.get(scope)?.synced;
  }

  /** Whether the objects of a namespace have been listed, ever. */
  isListed(namespace: string): boolean {
    return this.#informerOf(namespace)?.isSynced === true;
  }

  /** Whether the cached objects of a namespace are current. */
  trustedIn(namespace: string): boolean {
    return this.#informerOf(namespace)?.trusted === true;
  }

  get(key: string): T | undefined {
    return this.#informerOf(key.slice(0, key.indexOf("/")))?.get(key);
  }

  /** As `Informer.noteWritten`. */
  noteWritten(object: KubeObject, overVersion: string, isWrittenOver: (known: T) => boolean): void {
    for (const informer of this.#informers.values()) informer.noteWritten(object, overVersion, isWrittenOver);
  }

  *values(): Generator<T> {
    for (const informer of this.#informers.values()) yield* informer.values();
  }

  health(): ResourceHealth {
    const informers = [...this.#informers.values()];
    return {
      resource: this.#resource,
      lastEventMs: this.#lastEventMs(informers),
      restarts: informers.reduce((sum, informer) => sum + informer.restarts, 0),
      synced: informers.every((informer) => informer.isSynced),
      version: this.#versions.get(informers.find((informer) => informer.path !== null)?.path ?? "") ?? null,
      absent: informers.every((informer) => informer.isAbsent),
      trusted: informers.every((informer) => informer.trusted),
      trouble: this.#trouble(),
    };
  }

  #informerOf(namespace: string): Informer<T> | undefined {
    return this.#informers.get(null) ?? this.#informers.get(namespace);
  }

  /** A namespace that was never heard of has been silent since the start, unless none was. */
  #lastEventMs(informers: readonly Informer<T>[]): number | null {
    const heard = informers.map((informer) => informer.lastEventMs);
    if (heard.every((ms) => ms === null)) return null;
    return Date.now() - (this.#nowMs() - Math.min(...heard.map((ms) => ms ?? this.#startedMs)));
  }

  #trouble(): string | null {
    for (const [namespace, { trouble }] of this.#informers) {
      if (trouble !== null) return namespace === null ? trouble : `namespace ${namespace}: ${trouble}`;
    }
    return null;
  }
}

/** What is listed and watched each by itself: each of the namespaces, or all namespaces together (null). */
export function scopesOf(namespaces: readonly string[]): readonly (string | null)[] {
  return namespaces.length === 0 ? [null] : [...new Set(namespaces)];
}

import type { KubeApi, KubeObject } from "../kube/kubeApi.ts";
import { resourcePath } from "../kube/resourcePath.ts";
import { type Change, Informer } from "./informer.ts";
import type { ResourceHealth } from "./observer.ts";

export interface WatchedResource {
  readonly group: string;
  /** The best first. */
  readonly versions: readonly string[];
  readonly plural: string;
  /** What it is called where its plural alone would not tell it from another. */
  readonly name?: string;
}

export interface WatcherOptions<T> {
  readonly kube: KubeApi;
  readonly resource: WatchedResource;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  project(object: KubeObject): T | null;
  onChange(change: Change<T>): void;
  /** The version that is used from now on; null: the server knows none. Told once until it changes. */
  onServed?(version: string | null): void;
  /** We may not list it: it is skipped until we may. Absent: it cannot be done without. */
  onForbidden?(message: string): void;
  readonly nowMs: () => number;
  readonly random: () => number;
}

/** One resource, watched in all namespaces or in each of the listed ones. */
export class Watcher<T> {
  readonly #resource: string;
  readonly #informers: readonly Informer<T>[];
  readonly #options: WatcherOptions<T>;
  #told: string | null | undefined;
  #forbidden = false;

  constructor(options: WatcherOptions<T>) {
    this.#options = options;
    const { group, versions, plural, name = plural } = options.resource;
    const scopes: readonly (string | undefined)[] = options.namespaces.length === 0 ? [undefined] : [...new Set(options.namespaces)];
    this.#resource = name;
    this.#informers = scopes.map((namespace) => {
      const paths = versions.map((version) => resourcePath({ group, version, plural, ...(namespace === undefined ? {} : { namespace }) }));
      const onServed = (path: string | null): void => this.#tell(path === null ? null : (versions[paths.indexOf(path)] ?? null));
      const skips = options.onForbidden === undefined ? {} : { onForbidden: (message: string) => this.#tellForbidden(message) };
      return new Informer<T>({ ...options, ...skips, paths, onServed });
    });
  }

  /** Starts watching; resolves when the first lists are in. */
  async start(signal: AbortSignal): Promise<void> {
    for (const informer of this.#informers) void informer.run(signal);
    await Promise.all(this.#informers.map((informer) => informer.synced));
  }

  get trusted(): boolean {
    return this.#informers.every((informer) => informer.trusted);
  }

  get(key: string): T | undefined {
    for (const informer of this.#informers) {
      const item = informer.get(key);
      if (item !== undefined) return item;
    }
    return undefined;
  }

  *values(): Generator<T> {
    for (const informer of this.#informers) yield* informer.values();
  }

  health(): ResourceHealth {
    const heard = this.#informers.map((informer) => informer.lastEventMs);
    return {
      resource: this.#resource,
      lastEventMs: heard.includes(null) ? null : Math.min(...heard.map(Number)),
      restarts: this.#informers.reduce((sum, informer) => sum + informer.restarts, 0),
      synced: this.#informers.every((informer) => informer.isSynced),
      absent: this.#informers.every((informer) => informer.isAbsent),
      trusted: this.trusted,
      trouble: this.#informers.find((informer) => informer.trouble !== null)?.trouble ?? null,
    };
  }

  /** The server serves a version in all namespaces or in none. */
  #tell(version: string | null): void {
    if (version !== this.#told || this.#forbidden) this.#options.onServed?.(version);
    this.#told = version;
    this.#forbidden = false;
  }

  #tellForbidden(message: string): void {
    if (!this.#forbidden) this.#options.onForbidden?.(message);
    this.#forbidden = true;
  }
}

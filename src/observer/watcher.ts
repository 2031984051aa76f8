import type { KubeApi, KubeObject } from "../kube/kubeApi.ts";
import { resourcePath } from "../kube/resourcePath.ts";
import { type Change, Informer } from "./informer.ts";
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
  onChange(change: Change<T>): void;
  /** The resource is optional: skipped while listing it is forbidden. */
  readonly optional?: boolean;
  readonly nowMs: () => number;
  readonly random: () => number;
}

/** One resource, watched in all namespaces or in each of the listed ones. */
export class Watcher<T> {
  readonly #resource: string;
  readonly #nowMs: () => number;
  readonly #informers: readonly Informer<T>[];
  /** By path. */
  readonly #versions = new Map<string, string>();

  constructor(options: WatcherOptions<T>) {
    const { group, versions, plural, name = plural } = options.resource;
    const scopes: readonly (string | undefined)[] = options.namespaces.length === 0 ? [undefined] : [...new Set(options.namespaces)];
    this.#resource = name;
    this.#nowMs = options.nowMs;
    this.#informers = scopes.map((namespace) => {
      const paths = versions.map((version) => resourcePath({ group, version, plural, ...(namespace === undefined ? {} : { namespace }) }));
      for (const [i, path] of paths.entries()) this.#versions.set(path, versions[i] ?? "");
      return new Informer<T>({ ...options, paths });
    });
  }

  /** Starts to watch; resolves when the first lists are complete. */
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

  /** As `Informer.noteWritten`. */
  noteWritten(object: KubeObject, overVersion: string, isWrittenOver: (known: T) => boolean): void {
    for (const informer of this.#informers) informer.noteWritten(object, overVersion, isWrittenOver);
  }

  *values(): Generator<T> {
    for (const informer of this.#informers) yield* informer.values();
  }

  health(): ResourceHealth {
    const heard = this.#informers.map((informer) => informer.lastEventMs);
    return {
      resource: this.#resource,
      lastEventMs: heard.includes(null) ? null : Date.now() - (this.#nowMs() - Math.min(...heard.map(Number))),
      restarts: this.#informers.reduce((sum, informer) => sum + informer.restarts, 0),
      synced: this.#informers.every((informer) => informer.isSynced),
      version: this.#versions.get(this.#informers.find((informer) => informer.path !== null)?.path ?? "") ?? null,
      absent: this.#informers.every((informer) => informer.isAbsent),
      trusted: this.trusted,
      trouble: this.#informers.find((informer) => informer.trouble !== null)?.trouble ?? null,
    };
  }
}

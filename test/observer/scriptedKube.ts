import type { KubeApi, KubeFailure, KubeList, KubeObject, KubeResult, Query, WatchEnd, WatchEvent } from "../../src/kube/kubeApi.ts";

/** A watch that the test controls: it sends events and ends it. */
export interface HeldWatch {
  readonly path: string;
  readonly query: Query;
  readonly inactivityLimitMs: number;
  send(type: WatchEvent["type"], object: object): void;
  end(end: WatchEnd): void;
}

/** A KubeApi with scripted lists and with watches that the test controls. */
export class ScriptedKube {
  readonly gets: { path: string; query: Query }[] = [];
  readonly watches: HeldWatch[] = [];
  lists: (path: string, query: Query) => KubeResult<KubeList> = () => listOf("1");

  get watch(): HeldWatch {
    const last = this.watches.at(-1);
    if (last === undefined) throw new Error("no watch was opened");
    return last;
  }

  readonly api = {
    get: async (path: string, options: { query?: Query } = {}) => {
      this.gets.push({ path, query: options.query ?? {} });
      return this.lists(path, options.query ?? {});
    },
    watch: (path: string, query: Query, onEvent: (event: WatchEvent) => void, inactivityLimitMs: number, signal: AbortSignal) => {
      const { promise, resolve } = Promise.withResolvers<WatchEnd>();
      signal.addEventListener("abort", () => resolve({ end: "aborted" }), { once: true });
      const send = (type: WatchEvent["type"], object: object): void => onEvent({ type, object });
      this.watches.push({ path, query, inactivityLimitMs, send, end: resolve });
      return promise;
    },
  } as unknown as KubeApi;
}

export function listOf(resourceVersion: string, items: readonly object[] = [], next?: string): KubeResult<KubeList> {
  const metadata = { resourceVersion, ...(next === undefined ? {} : { continue: next }) };
  return { ok: true, value: { metadata, items } };
}

export function failure(status: number | null, reason = "Test"): { ok: false } & KubeFailure {
  return { ok: false, status, reason, message: reason };
}

export function thing(name: string, version: string, labels: Record<string, string> = {}, namespace = "shop"): KubeObject {
  return { metadata: { namespace, name, resourceVersion: version, labels } };
}

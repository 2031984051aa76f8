import { expect } from "vitest";
import { type ApiServer, openPlainWatch, type PlainAnswer, type PlainEvent, type PlainWatch, send } from "../plainHttp.ts";

/** A server under test with TrafficSplits, HTTPRoutes of both groups and GRPCRoutes. The token must have all permissions. */
export interface ConformanceTarget {
  readonly server: ApiServer;
  /** Makes the server delete its history. */
  compact(): void | Promise<void>;
  stop(): Promise<void>;
}

export const NAMESPACE = "conformance";
export const SPLITS = `/apis/split.smi-spec.io/v1alpha2/namespaces/${NAMESPACE}/trafficsplits`;
export const SPLITS_V1ALPHA1 = SPLITS.replace("v1alpha2", "v1alpha1");
export const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;
export const EVENTS = `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`;
export const JSON_PATCH = "application/json-patch+json";
export const MERGE_PATCH = "application/merge-patch+json";

/** Helpers of the tests for the server under test. */
export interface Api {
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<PlainAnswer>;
  /** Creates a TrafficSplit with the weights 100 and 0, and returns the stored object. */
  create(name: string, metadata?: object): Promise<PlainAnswer["body"]>;
  /** Watches the TrafficSplits of the suite's namespace. */
  watch(query: string): Promise<PlainWatch>;
  compact(): void | Promise<void>;
  /** A number for unique names. */
  nextNumber(): number;
}

/** The API of a target that a hook sets up before the tests. */
export function apiOf(target: () => ConformanceTarget): Api {
  let last = 0;
  const call: Api["call"] = (method, path, body, contentType) => send(target().server, method, path, body, contentType);
  return {
    call,
    async create(name, metadata = {}) {
      const { status, body } = await call("POST", SPLITS, split(name, [100, 0], metadata));
      expect(status).toBe(201);
      return body;
    },
    watch(query) {
      const limit = query.includes("timeoutSeconds") ? "" : "&timeoutSeconds=30";
      return openPlainWatch(target().server, `${SPLITS}?watch=true&${query}${limit}`);
    },
    compact: () => target().compact(),
    nextNumber: () => ++last,
  };
}

/** A TrafficSplit with a backend for each weight. */
export function split(name: string, weights: readonly unknown[] = [100, 0], metadata: object = {}) {
  return {
    apiVersion: "split.smi-spec.io/v1alpha2",
    kind: "TrafficSplit",
    metadata: { name, ...metadata },
    spec: { service: "web", backends: weights.map((weight, at) => ({ service: `web-${at}`, weight })) },
  };
}

/** The names of a list's items. */
export function namesOf(list: { readonly body: { readonly items: readonly { metadata: { name: string } }[] } }): string[] {
  return list.body.items.map((item) => item.metadata.name);
}

/** The next events; fewer if the watch ends. */
export async function take(stream: PlainWatch, count: number): Promise<PlainEvent[]> {
  const taken: PlainEvent[] = [];
  while (taken.length < count) {
    const event = await stream.next();
    if (event === null) break;
    taken.push(event);
  }
  return taken;
}

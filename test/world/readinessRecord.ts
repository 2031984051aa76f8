import type { ApiDouble } from "./apiDouble.ts";
import type { ApiObject } from "./apiResource.ts";

/** What the slice of a Service said at a time. */
interface Readiness {
  /** It has a ready endpoint, and since when this has not changed. */
  readonly ready: boolean;
  readonly sinceMs: number;
  /** Ready endpoints, and those that have been ready before. */
  readonly count: number;
  readonly missing: number;
}

/** Times at which each Service (`NAMESPACE/NAME`) gained or lost its ready endpoints in the API double. */
export class ReadinessRecord {
  readonly #services = new Map<string, Readiness>();
  /** The pods that have been ready, by Service. */
  readonly #known = new Map<string, Set<string>>();
  /** When a Service last lacked a pod that had been ready, or began to. */
  readonly #missingMs = new Map<string, number>();
  /** Services with pods that are not ready beside one that is: a new controller cannot know whether these are missing. */
  readonly #unsettled = new Set<string>();
  /** When that was over. */
  readonly #settledMs = new Map<string, number>();

  readonly #now: () => number;

  constructor(double: ApiDouble, now: () => number) {
    this.#now = now;
    double.onWrite(({ resource, object }) => {
      if (resource.plural !== "endpointslices") return;
      const key = `${object.metadata.namespace}/${object.metadata.labels?.["kubernetes.io/service-name"]}`;
      this.#take(key, endpointsIn(object));
    });
  }

  /** The last time at which the Service lacked a ready endpoint that it had before, or had none: now, or when it got it. */
  unreadyMs(key: string): number {
    const record = this.#services.get(key);
    if (record?.ready !== true || record.missing > 0) return this.#now();
    return Math.max(record.sinceMs, this.#missingMs.get(key) ?? 0);
  }

  isReady(key: string): boolean {
    return this.#services.get(key)?.ready === true;
  }

  /** Whether the Service has a ready endpoint, which share of its pods is ready, and for how long this has not changed and has been clear. */
  of(key: string): { readonly ready: boolean; readonly share: number; readonly forMs: number } {
    const { ready, sinceMs, count, missing } = this.#services.get(key) ?? { ready: false, sinceMs: 0, count: 0, missing: 0 };
    const forMs = this.#unsettled.has(key) ? 0 : this.#now() - Math.max(sinceMs, this.#settledMs.get(key) ?? 0);
    return { ready, share: count === 0 ? 0 : count / (count + missing), forMs };
  }

  #take(key: string, endpoints: readonly Endpoint[]): void {
    const known = this.#known.get(key) ?? new Set();
    this.#known.set(key, known);
    const ready = endpoints.filter((endpoint) => endpoint.conditions.ready);
    for (const { targetRef } of ready) known.add(targetRef.uid);
    const missing = endpoints.filter(({ conditions, targetRef }) => !conditions.ready && known.has(targetRef.uid)).length;
    const before = this.#services.get(key);
    if (before !== undefined && before.missing > 0 && missing === 0) this.#missingMs.set(key, this.#now());
    const [isReady, waiting] = [ready.length > 0, endpoints.length > ready.length];
    if (isReady && waiting) this.#unsettled.add(key);
    else if (this.#unsettled.delete(key)) this.#settledMs.set(key, this.#now());
    const sinceMs = before?.ready === isReady ? before.sinceMs : this.#now();
    this.#services.set(key, { ready: isReady, sinceMs, count: ready.length, missing });
  }
}

interface Endpoint {
  readonly conditions: { readonly ready: boolean; readonly terminating?: boolean };
  readonly targetRef: { readonly uid: string };
}

/** The endpoints in an EndpointSlice, without terminating ones. */
function endpointsIn(slice: ApiObject): readonly Endpoint[] {
  const { endpoints } = slice as unknown as { readonly endpoints: readonly Endpoint[] };
  return endpoints.filter(({ conditions }) => conditions.terminating !== true);
}

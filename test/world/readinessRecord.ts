import type { ApiDouble } from "./apiDouble.ts";
import type { ApiObject } from "./apiResource.ts";

/** Times at which each Service (`NAMESPACE/NAME`) gained or lost its ready endpoints in the API double. */
export class ReadinessRecord {
  readonly #services = new Map<string, { readonly ready: boolean; readonly sinceMs: number }>();

  readonly #now: () => number;

  constructor(double: ApiDouble, now: () => number) {
    this.#now = now;
    double.onWrite(({ resource, object }) => {
      if (resource.plural !== "endpointslices") return;
      const key = `${object.metadata.namespace}/${object.metadata.labels?.["kubernetes.io/service-name"]}`;
      const ready = readyIn(object) > 0;
      if (this.#services.get(key)?.ready !== ready) this.#services.set(key, { ready, sinceMs: this.#now() });
    });
  }

  /** The last time at which the Service had no ready endpoint: now, or when it got one. */
  unreadyMs(key: string): number {
    const record = this.#services.get(key);
    return record?.ready === true ? record.sinceMs : this.#now();
  }

  /** Whether the Service has a ready endpoint, and for how long this has not changed. */
  of(key: string): { readonly ready: boolean; readonly forMs: number } {
    const { ready, sinceMs } = this.#services.get(key) ?? { ready: false, sinceMs: 0 };
    return { ready, forMs: this.#now() - sinceMs };
  }
}

/** Number of ready endpoints in an EndpointSlice. */
function readyIn(slice: ApiObject): number {
  const { endpoints } = slice as unknown as { readonly endpoints: readonly { readonly conditions: { readonly ready: boolean } }[] };
  return endpoints.filter(({ conditions }) => conditions.ready).length;
}

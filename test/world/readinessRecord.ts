import type { ApiDouble } from "./apiDouble.ts";
import type { ApiObject } from "./apiResource.ts";

/** Times at which each Service (`NAMESPACE/NAME`) gained or lost its ready endpoints in the API double. */
export class ReadinessRecord {
  readonly #services = new Map<string, { readonly ready: boolean; readonly sinceMs: number }>();
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
      const [ready, waiting] = [countIn(object, true) > 0, countIn(object, false) > 0];
      if (ready && waiting) this.#unsettled.add(key);
      else if (this.#unsettled.delete(key)) this.#settledMs.set(key, this.#now());
      if (this.#services.get(key)?.ready !== ready) this.#services.set(key, { ready, sinceMs: this.#now() });
    });
  }

  /** The last time at which the Service had no ready endpoint: now, or when it got one. */
  unreadyMs(key: string): number {
    const record = this.#services.get(key);
    return record?.ready === true ? record.sinceMs : this.#now();
  }

  /** Whether the Service has a ready endpoint, and for how long this has not changed and has been clear. */
  of(key: string): { readonly ready: boolean; readonly forMs: number } {
    const { ready, sinceMs } = this.#services.get(key) ?? { ready: false, sinceMs: 0 };
    return { ready, forMs: this.#unsettled.has(key) ? 0 : this.#now() - Math.max(sinceMs, this.#settledMs.get(key) ?? 0) };
  }
}

/** Number of endpoints in an EndpointSlice that are ready or not, without terminating ones. */
function countIn(slice: ApiObject, wanted: boolean): number {
  const { endpoints } = slice as unknown as {
    readonly endpoints: readonly { readonly conditions: { readonly ready: boolean; readonly terminating?: boolean } }[];
  };
  return endpoints.filter(({ conditions: { ready, terminating } }) => ready === wanted && terminating !== true).length;
}

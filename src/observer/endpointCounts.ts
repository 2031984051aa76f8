import type { CountedEndpoints } from "../evaluator/model/observation.ts";
import type { Slice } from "./endpointSlice.ts";
import { ServiceEndpoints } from "./serviceEndpoints.ts";

export interface SliceChange {
  readonly before: Slice | null;
  readonly now: Slice | null;
  /** It came with a list, so what happened before is unknown. */
  readonly fromList: boolean;
}

/** Counts the endpoints of each Service, updated slice by slice. */
export class EndpointCounts {
  readonly #services = new Map<string, ServiceEndpoints>();

  /** Takes a changed slice; returns the Services whose counts have changed (`NAMESPACE/SERVICE`). */
  change({ before, now, fromList }: SliceChange): readonly string[] {
    const touched = [...new Set([before?.service, now?.service])].filter((service) => service !== undefined);
    const was = touched.map((service) => this.of(service));
    // First what is there now: an endpoint that stays is not forgotten in between.
    if (now !== null) this.#of(now.service).add(now, fromList);
    if (before !== null && this.#of(before.service).remove(before) === 0) this.#services.delete(before.service);
    return touched.filter((service, i) => !isSameCount(was[i] ?? null, this.of(service)));
  }

  /** The counts of a Service; null if it has no slices. */
  of(service: string): CountedEndpoints | null {
    return this.#services.get(service)?.counts() ?? null;
  }

  #of(service: string): ServiceEndpoints {
    const known = this.#services.get(service) ?? new ServiceEndpoints();
    this.#services.set(service, known);
    return known;
  }
}

function isSameCount(a: CountedEndpoints | null, b: CountedEndpoints | null): boolean {
  return a?.ready === b?.ready && a?.notReady === b?.notReady && a?.unclear === b?.unclear;
}

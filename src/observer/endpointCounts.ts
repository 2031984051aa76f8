import type { Endpoints } from "../evaluator/model/observation.ts";
import type { KubeObject } from "../kube/kubeApi.ts";

const SERVICE_NAME_LABEL = "kubernetes.io/service-name";

/** What is cached of an EndpointSlice. */
export interface SliceCount {
  /** `NAMESPACE/SERVICE`. */
  readonly service: string;
  readonly addressType: string;
  readonly ready: number;
  readonly notReady: number;
}

type TypeCount = { slices: number; ready: number; notReady: number };

/** Counts the ready and not ready endpoints of each Service, updated slice by slice. */
export class EndpointCounts {
  readonly #services = new Map<string, Map<string, TypeCount>>();

  /** Takes a changed slice; returns the Services whose counts have changed (`NAMESPACE/SERVICE`). */
  change(before: SliceCount | null, now: SliceCount | null): readonly string[] {
    const touched = [...new Set([before?.service, now?.service])].filter((service) => service !== undefined);
    const was = touched.map((service) => this.of(service));
    if (before !== null) this.#add(before, -1);
    if (now !== null) this.#add(now, 1);
    return touched.filter((service, i) => !sameCount(was[i] ?? null, this.of(service)));
  }

  /** The counts of a Service; null if it has no slices. A dual-stack Service lists the same pods once per address type. */
  of(service: string): Extract<Endpoints, { state: "counted" }> | null {
    const types = this.#services.get(service);
    if (types === undefined) return null;
    let ready = 0;
    let all = 0;
    for (const type of types.values()) {
      ready = Math.max(ready, type.ready);
      all = Math.max(all, type.ready + type.notReady);
    }
    return { state: "counted", ready, notReady: all - ready };
  }

  #add(slice: SliceCount, sign: 1 | -1): void {
    const types = this.#services.get(slice.service) ?? new Map<string, TypeCount>();
    const type = types.get(slice.addressType) ?? { slices: 0, ready: 0, notReady: 0 };
    type.slices += sign;
    type.ready += sign * slice.ready;
    type.notReady += sign * slice.notReady;
    if (type.slices > 0) types.set(slice.addressType, type);
    else types.delete(slice.addressType);
    if (types.size > 0) this.#services.set(slice.service, types);
    else this.#services.delete(slice.service);
  }
}

interface Endpoint {
  readonly conditions?: { readonly ready?: unknown; readonly terminating?: unknown } | null;
}

/** The counts of an EndpointSlice; null if it belongs to no Service. */
export function readSlice(object: KubeObject): SliceCount | null {
  const service = object.metadata?.labels?.[SERVICE_NAME_LABEL];
  if (service === undefined || service === "") return null;
  const { addressType, endpoints } = object as { addressType?: unknown; endpoints?: unknown };
  let ready = 0;
  let notReady = 0;
  for (const endpoint of Array.isArray(endpoints) ? endpoints : []) {
    const conditions = (endpoint as Endpoint | null)?.conditions;
    // The API says that an endpoint of unknown readiness counts as ready.
    if (conditions?.ready !== false) ready += 1;
    // A terminating pod stays listed during its grace period. It is not expected back, so it does not count as not ready.
    else if (conditions.terminating !== true) notReady += 1;
  }
  return { service: `${object.metadata?.namespace ?? ""}/${service}`, addressType: String(addressType), ready, notReady };
}

function sameCount(a: { ready: number; notReady: number } | null, b: { ready: number; notReady: number } | null): boolean {
  return a?.ready === b?.ready && a?.notReady === b?.notReady;
}

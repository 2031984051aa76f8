import type { KubeObject } from "../kube/kubeApi.ts";

const SERVICE_NAME_LABEL = "kubernetes.io/service-name";

/** What is cached of an EndpointSlice. */
export interface Slice {
  /** `NAMESPACE/SERVICE`. */
  readonly service: string;
  /** Without terminating endpoints: they stay listed during their grace period, and are not expected back. */
  readonly endpoints: readonly SliceEndpoint[];
}

export interface SliceEndpoint {
  /** The uid of its pod; else its address type and address. */
  readonly id: string;
  /** Null: it is known by its pod, so it is the same endpoint in the slices of both address types. */
  readonly addressType: string | null;
  readonly ready: boolean;
}

interface Endpoint {
  readonly addresses?: readonly unknown[] | null;
  readonly conditions?: { readonly ready?: unknown; readonly serving?: unknown; readonly terminating?: unknown } | null;
  readonly targetRef?: { readonly uid?: unknown } | null;
}

/** The endpoints of an EndpointSlice; null if it belongs to no Service. */
export function readSlice(object: KubeObject): Slice | null {
  const service = object.metadata?.labels?.[SERVICE_NAME_LABEL];
  if (service === undefined || service === "") return null;
  const { addressType, endpoints } = object as { addressType?: unknown; endpoints?: unknown };
  const read: SliceEndpoint[] = [];
  for (const endpoint of Array.isArray(endpoints) ? (endpoints as readonly (Endpoint | null)[]) : []) {
    const identity = identify(endpoint, String(addressType));
    const conditions = endpoint?.conditions;
    if (identity === null || conditions?.terminating === true) continue;
    // Unknown counts as yes, as the API says. `serving` alone tells the truth where the Service has publishNotReadyAddresses.
    read.push({ ...identity, ready: conditions?.ready !== false && conditions?.serving !== false });
  }
  // The copy has no spare room: an array that grew from nothing has room for 17, and most slices have few endpoints.
  return { service: `${object.metadata?.namespace ?? ""}/${service}`, endpoints: [...read] };
}

/** Whether two slices say the same. */
export function isSameSlice(a: Slice, b: Slice): boolean {
  const isSame = (one: SliceEndpoint, other: SliceEndpoint | undefined): boolean => one.id === other?.id && one.ready === other.ready;
  return a.service === b.service && a.endpoints.length === b.endpoints.length && a.endpoints.every((one, i) => isSame(one, b.endpoints[i]));
}

/** Null for an endpoint that has neither a pod nor an address, which the API server does not accept. */
function identify(endpoint: Endpoint | null, addressType: string): Pick<SliceEndpoint, "id" | "addressType"> | null {
  const uid = endpoint?.targetRef?.uid;
  if (typeof uid === "string" && uid !== "") return { id: uid, addressType: null };
  // The other addresses of an endpoint are the same pod.
  const address = endpoint?.addresses?.[0];
  return typeof address === "string" ? { id: `${addressType} ${address}`, addressType } : null;
}

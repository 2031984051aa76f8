import { isDeepStrictEqual } from "node:util";
import { LEASE_NAME } from "../../../controller/leadership.ts";
import type { KubeApi, KubeObject } from "../../../kube/kubeApi.ts";
import { resourcePath } from "../../../kube/resourcePath.ts";

const LEASE = { group: "coordination.k8s.io", version: "v1", plural: "leases", name: LEASE_NAME };
const POLL_EVERY_MS = 1_000;
const LONGEST_LEASE_MS = 60_000;
/** An unreadable Lease is read again for this long; after that it counts as held. */
const UNREADABLE_FOR_MS = 10_000;
const UNKNOWN_HOLDER = "a controller (its Lease cannot be read)";

interface LeaseObject extends KubeObject {
  readonly spec?: { readonly holderIdentity?: string; readonly leaseDurationSeconds?: number; readonly renewTime?: string };
}

/**
 * The holder of the controllers' Lease while it is renewed; null if it has none, or if we may not read it. Clocks of two
 * machines are not compared: a Lease that does not change for its whole duration has expired.
 */
export async function activeLeader(kube: KubeApi, namespace: string, wait: (ms: number) => Promise<void>): Promise<string | null> {
  let first: LeaseObject["spec"] | null = null;
  for (let waitedMs = 0; ; waitedMs += POLL_EVERY_MS) {
    const spec = await readLease(kube, namespace);
    if (spec === "unreadable") {
      if (waitedMs >= UNREADABLE_FOR_MS) return UNKNOWN_HOLDER;
      await wait(POLL_EVERY_MS);
      continue;
    }
    const holder = spec?.holderIdentity ?? "";
    if (holder === "") return null;
    first ??= spec;
    if (!isDeepStrictEqual(spec, first)) return holder;
    if (waitedMs >= Math.min((spec?.leaseDurationSeconds ?? 0) * 1_000, LONGEST_LEASE_MS)) return null;
    await wait(POLL_EVERY_MS);
  }
}

/** The spec of the controllers' Lease; undefined if there is none, or if we may not read it. */
export async function readLease(kube: KubeApi, namespace: string): Promise<LeaseObject["spec"] | "unreadable"> {
  const found = await kube.get<LeaseObject>(resourcePath({ ...LEASE, namespace }));
  if (found.ok) return found.value.spec;
  return found.status === 404 || found.status === 403 ? undefined : "unreadable";
}

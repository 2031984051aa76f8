import { isDeepStrictEqual } from "node:util";
import { LEASE_NAME } from "../../../controller/leadership.ts";
import type { KubeApi, KubeObject } from "../../../kube/kubeApi.ts";
import { resourcePath } from "../../../kube/resourcePath.ts";

const LEASE = { group: "coordination.k8s.io", version: "v1", plural: "leases", name: LEASE_NAME };
const LOOK_EVERY_MS = 1_000;
const LONGEST_LEASE_MS = 60_000;
/** A server that cannot tell is asked again for so long; then somebody is taken to lead, whoever it is. */
const UNREADABLE_FOR_MS = 10_000;
const SOMEBODY = "a controller (its Lease cannot be read)";

interface LeaseObject extends KubeObject {
  readonly spec?: { readonly holderIdentity?: string; readonly leaseDurationSeconds?: number; readonly renewTime?: string };
}

/**
 * Who holds the controllers' Lease, if it is still renewed; null where nobody does, or where we may not know. Clocks of
 * two machines are not compared: a Lease that stays as it is for its whole duration is nobody's any more.
 */
export async function controllerLives(kube: KubeApi, namespace: string, wait: (ms: number) => Promise<void>): Promise<string | null> {
  let first: LeaseObject["spec"] | null = null;
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    const spec = await readLease(kube, namespace);
    if (spec === "unreadable") {
      if (waitedMs >= UNREADABLE_FOR_MS) return SOMEBODY;
      await wait(LOOK_EVERY_MS);
      continue;
    }
    const holder = spec?.holderIdentity ?? "";
    if (holder === "") return null;
    first ??= spec;
    if (!isDeepStrictEqual(spec, first)) return holder;
    if (waitedMs >= Math.min((spec?.leaseDurationSeconds ?? 0) * 1_000, LONGEST_LEASE_MS)) return null;
    await wait(LOOK_EVERY_MS);
  }
}

/** What the controllers' Lease says; undefined where there is none, or where we may not know. */
export async function readLease(kube: KubeApi, namespace: string): Promise<LeaseObject["spec"] | "unreadable"> {
  const found = await kube.get<LeaseObject>(resourcePath({ ...LEASE, namespace }));
  if (found.ok) return found.value.spec;
  return found.status === 404 || found.status === 403 ? undefined : "unreadable";
}

import { setTimeout as sleep } from "node:timers/promises";
import type { KubeApi, KubeResult } from "../../../kube/kubeApi.ts";
import { podOf } from "../../wiring/identity.ts";
import { type LiveRoute, readLiveRoutes } from "../status/liveRoute.ts";
import { askPod, type ControllerPlace, type Lease, leasePath, ROUTES_PATH } from "./askController.ts";
import { type ControllerPod, listPods } from "./listPods.ts";
import { type ReplicaFacts, readReplica } from "./readReplica.ts";

const REQUEST_TIME_LIMIT_MS = 5_000;
/** A leader renews its Lease every two seconds; clocks of two machines are not compared. */
const RENEWED_WITHIN_MS = 7_000;
const POLL_EVERY_MS = 500;
/** More replicas are not asked. */
const MOST_REPLICAS = 10;

/** What the controller's namespace shows of it. */
export interface ControllerFacts {
  readonly place: ControllerPlace;
  readonly lease: KubeResult<Lease>;
  /** The pod of the Lease's holder; null: none, or the Lease cannot be read. */
  readonly leader: string | null;
  /** Whether the Lease was renewed meanwhile. */
  readonly renewed: boolean;
  readonly pods: KubeResult<readonly ControllerPod[]>;
  readonly replicas: readonly { readonly pod: string; readonly facts: KubeResult<ReplicaFacts> }[];
  /** Why the loop of the replica that was asked does not beat; null: it does. Undefined: none was asked. */
  readonly stuck: string | null | undefined;
  /** The routes by key, as the leader, or in a dry run another replica, knows them; null: it did not answer. */
  readonly routes: ReadonlyMap<string, LiveRoute> | null;
}

/** Reads what there is of a controller. Never throws. */
export async function readController(kube: KubeApi, place: ControllerPlace, until?: AbortSignal): Promise<ControllerFacts> {
  const limits = { timeLimitMs: REQUEST_TIME_LIMIT_MS, ...(until && { signal: until }) };
  const [lease, pods] = await Promise.all([kube.get<Lease>(leasePath(place.namespace), limits), listPods(kube, place.namespace, limits)]);
  const holder = lease.ok ? (lease.value.spec?.holderIdentity ?? "") : "";
  const leader = holder === "" ? null : podOf(holder);
  const names = [...new Set([...(leader === null ? [] : [leader]), ...(pods.ok ? pods.value.map(({ name }) => name) : [])])];
  const asked = leader ?? (pods.ok ? pods.value.find(({ ready }) => ready)?.name : undefined);
  const [renewed, replicas, health] = await Promise.all([
    leader !== null && lease.ok ? isRenewed(kube, place.namespace, lease.value, limits) : false,
    Promise.all(names.slice(0, MOST_REPLICAS).map(async (pod) => ({ pod, facts: await readReplica(kube, place, pod, limits) }))),
    asked === undefined ? null : readHealth(kube, place, asked, limits),
  ]);
  return { place, lease, leader, renewed, pods, replicas, stuck: health?.stuck, routes: health?.routes ?? null };
}

type Limits = { readonly timeLimitMs: number; readonly signal?: AbortSignal };

async function readHealth(kube: KubeApi, place: ControllerPlace, pod: string, limits: Limits) {
  const [livez, routes] = await Promise.all([
    askPod<string>(kube, place, pod, "/livez", { ...limits, text: true }),
    askPod<unknown>(kube, place, pod, ROUTES_PATH, limits),
  ]);
  // 503 is the only answer of the replica itself; any other failure is one of the way to it.
  const stuck = livez.ok ? null : livez.status === 503 && routes.ok ? livez.message : undefined;
  return { stuck, routes: routes.ok ? readLiveRoutes(routes.value) : null };
}

/** Whether the Lease changes within the time in which its holder renews it. */
async function isRenewed(kube: KubeApi, namespace: string, before: Lease, limits: Limits): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < RENEWED_WITHIN_MS && limits.signal?.aborted !== true; waitedMs += POLL_EVERY_MS) {
    await sleep(POLL_EVERY_MS);
    const now = await kube.get<Lease>(leasePath(namespace), limits);
    if (now.ok && now.value.spec?.renewTime !== before.spec?.renewTime) return true;
  }
  return false;
}

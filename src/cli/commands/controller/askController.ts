import { LEASE_NAME } from "../../../controller/leadership.ts";
import type { KubeApi, KubeObject, KubeResult } from "../../../kube/kubeApi.ts";
import { resourcePath } from "../../../kube/resourcePath.ts";
import type { RouteRef } from "../../../routes/route.ts";
import { failureText } from "../../output/failureAnswer.ts";
import { podOf } from "../../wiring/identity.ts";
import { listPods } from "./listPods.ts";

/** What the controller answered, or why it did not. */
export type ControllerAnswer =
  | { readonly ok: true; readonly value: unknown; readonly by: string }
  | {
      readonly ok: false;
      readonly why: string;
      /** Whether any answer came, such as an error. */
      readonly answered: boolean;
    };

export interface ControllerPlace {
  readonly namespace: string;
  readonly port: number;
}

const TIME_LIMIT_MS = 10_000;

export interface Lease extends KubeObject {
  readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: string; readonly leaseDurationSeconds?: number };
}

/** The path of the controllers' Lease. */
export function leasePath(namespace: string): string {
  return resourcePath({ group: "coordination.k8s.io", version: "v1", plural: "leases", namespace, name: LEASE_NAME });
}

/** The paths of the API. */
export const ROUTES_PATH = "/api/routes";
export function routePath({ kind, namespace, name }: RouteRef): string {
  return `${ROUTES_PATH}/${[kind, namespace, name].map(encodeURIComponent).join("/")}`;
}

/** Asks the leader, through the API server. */
export async function askLeader(kube: KubeApi, place: ControllerPlace, path: string, limitMs = TIME_LIMIT_MS): Promise<ControllerAnswer> {
  const found = await leaderPod(kube, place.namespace, limitMs);
  if ("why" in found) return { ok: false, answered: true, why: found.why };
  const { pod, leads } = found;
  const answer = await askPod<unknown>(kube, place, pod, path, { timeLimitMs: limitMs });
  const who = leads ? "the leader's pod" : "the pod";
  if (!answer.ok) return { ok: false, answered: true, why: `${who} ${pod} in ${place.namespace}: ${failureText(answer)}` };
  return { ok: true, value: answer.value, by: `the controller ${pod}` };
}

/** The leader's pod. A dry run holds no Lease: then a pod that is ready. */
async function leaderPod(
  kube: KubeApi,
  namespace: string,
  timeLimitMs: number,
): Promise<{ readonly pod: string; readonly leads: boolean } | { readonly why: string }> {
  const lease = await kube.get<Lease>(leasePath(namespace), { timeLimitMs });
  const holder = lease.ok ? (lease.value.spec?.holderIdentity ?? "") : "";
  if (holder !== "") return { pod: podOf(holder), leads: true };
  const why = noLeader(namespace, lease);
  if (!lease.ok && lease.status !== 404) return { why };
  const pods = await listPods(kube, namespace, { timeLimitMs });
  const ready = pods.ok ? pods.value.find((pod) => pod.ready) : undefined;
  return ready === undefined ? { why } : { pod: ready.name, leads: false };
}

function noLeader(namespace: string, lease: KubeResult<Lease>): string {
  if (lease.ok) return `the Lease in ${namespace} has no holder`;
  return lease.status === 404
    ? `${namespace} has no Lease of a controller`
    : `the Lease in ${namespace} cannot be read: ${failureText(lease)}`;
}

/** Asks one pod of the controller, through the API server. `text`: the answer is no JSON. */
export function askPod<T>(
  kube: KubeApi,
  { namespace, port }: ControllerPlace,
  pod: string,
  path: string,
  limits: { readonly timeLimitMs: number; readonly text?: boolean; readonly signal?: AbortSignal },
): Promise<KubeResult<T>> {
  const pods = resourcePath({ group: "", version: "v1", plural: "pods", namespace, name: `${pod}:${port}` });
  return kube.get<T>(`${pods}/proxy${path}`, limits);
}

/** Asks the replica whose admin server is at this URL. */
export async function askAddress(address: string, path: string): Promise<ControllerAnswer> {
  try {
    const url = `${address.replace(/\/+$/, "")}${path}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(TIME_LIMIT_MS), redirect: "error" });
    const value: unknown = await response.json().catch(() => null);
    if (response.ok) return { ok: true, value, by: `the controller at ${address}` };
    const error = (value as { readonly error?: unknown } | null)?.error;
    return {
      ok: false,
      answered: true,
      why: `HTTP ${response.status}${typeof error === "string" ? `: ${error.replaceAll(/\s+/g, " ")}` : ""}`,
    };
  } catch (error) {
    return { ok: false, answered: false, why: reasonOf(error) };
  }
}

/** The cause of an error; the message of `fetch` itself is too general. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}

import { LEASE_NAME } from "../../../controller/leadership.ts";
import type { KubeApi, KubeObject } from "../../../kube/kubeApi.ts";
import { resourcePath } from "../../../kube/resourcePath.ts";
import type { RouteRef } from "../../../routes/route.ts";
import { failureText } from "../../output/failureAnswer.ts";
import { podOf } from "../../wiring/identity.ts";

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

interface Lease extends KubeObject {
  readonly spec?: { readonly holderIdentity?: string };
}

/** Asks the leader, through the API server. */
export async function askLeader(kube: KubeApi, { namespace, port }: ControllerPlace, path: string): Promise<ControllerAnswer> {
  const limits = { timeLimitMs: TIME_LIMIT_MS };
  const place = { group: "coordination.k8s.io", version: "v1", plural: "leases", namespace, name: LEASE_NAME };
  const lease = await kube.get<Lease>(resourcePath(place), limits);
  if (!lease.ok) return { ok: false, answered: true, why: `the Lease in ${namespace} cannot be read: ${failureText(lease)}` };
  const holder = lease.value.spec?.holderIdentity ?? "";
  if (holder === "") return { ok: false, answered: true, why: `the Lease in ${namespace} has no holder` };
  const pod = podOf(holder);
  const pods = resourcePath({ group: "", version: "v1", plural: "pods", namespace, name: `${pod}:${port}` });
  const answer = await kube.get<unknown>(`${pods}/proxy${path}`, limits);
  if (!answer.ok) return { ok: false, answered: true, why: `the leader's pod ${pod} in ${namespace}: ${failureText(answer)}` };
  return { ok: true, value: answer.value, by: `the controller ${pod}` };
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

/** The path of a route in the API. */
export function routePath({ kind, namespace, name }: RouteRef): string {
  return `/api/routes/${[kind, namespace, name].map(encodeURIComponent).join("/")}`;
}

/** The cause of an error; the message of `fetch` itself is too general. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}

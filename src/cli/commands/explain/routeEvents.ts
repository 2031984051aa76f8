import type { KubeApi, KubeObject } from "../../../kube/kubeApi.ts";
import type { RouteRef } from "../../../routes/route.ts";
import { listAll } from "../../wiring/listAll.ts";

/** An Event about a shift of a route, which outlives the controller's memory. */
export interface RouteEvent {
  readonly at: string;
  /** `Failover`, `Return`, … */
  readonly reason: string;
  readonly note: string;
}

interface EventObject extends KubeObject {
  readonly eventTime?: string | null;
  readonly reason?: string;
  readonly note?: string;
  readonly reportingController?: string;
  readonly regarding?: { readonly kind?: string; readonly name?: string; readonly apiVersion?: string };
}

const TIME_LIMIT_MS = 5_000;
const MOST_EVENTS = 3;
const CONTROLLER = "linkerd-failover";

/** The newest Events of the controller about a route; none if they cannot be read. */
export async function routeEvents(kube: KubeApi, { kind, namespace, name }: RouteRef): Promise<readonly RouteEvent[]> {
  const resource = { group: "events.k8s.io", version: "v1", plural: "events" };
  const listed = await listAll(kube, resource, [namespace], {
    timeLimitMs: TIME_LIMIT_MS,
    query: { fieldSelector: `regarding.name=${name}` },
  });
  if (!listed.ok) return [];
  const [word] = kind.split(".");
  return (listed.value as readonly EventObject[])
    .filter((event) => event.reportingController === CONTROLLER && event.regarding?.kind === word && event.regarding?.name === name)
    .map(({ eventTime, metadata, reason = "", note = "" }) => ({ at: eventTime ?? metadata?.creationTimestamp ?? "", reason, note }))
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .slice(0, MOST_EVENTS);
}

import type { RouteResource } from "../../../routes/route.ts";

/** A right that the controller needs. */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Absent: in all namespaces. */
  readonly namespace?: string;
  /** Absent: with every name. */
  readonly name?: string;
  /** What is lost without it; null: the controller does not work. */
  readonly without: string | null;
}

export interface RightsScope {
  /** The kinds of route that the cluster serves. */
  readonly served: readonly RouteResource[];
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** Where the controller runs. */
  readonly controllerNamespace: string;
}

const WATCHED = ["list", "watch"];

/**
 * All rights that `run` needs, and their only definition: `check` checks them, and the roles in `deploy/` grant them.
 */
export function rightsNeeded({ served, namespaces, controllerNamespace }: RightsScope): readonly Right[] {
  const scopes = namespaces.length === 0 ? [{}] : namespaces.map((namespace) => ({ namespace }));
  const coversOwn = namespaces.length === 0 || namespaces.includes(controllerNamespace);
  return [
    ...scopes.flatMap((scope) => rightsOnRoutes(served).map((right) => ({ ...right, ...scope }))),
    ...rightsAtHome(controllerNamespace).filter(({ resource }) => !coversOwn || resource !== "events"),
  ];
}

/** The rights in all namespaces, or in each watched one. */
export function rightsOnRoutes(served: readonly RouteResource[]): readonly Right[] {
  return [
    ...served.map(({ group, plural }) => ({ group, resource: plural, verbs: [...WATCHED, "patch"], without: null })),
    { group: "", resource: "services", verbs: WATCHED, without: null },
    { group: "discovery.k8s.io", resource: "endpointslices", verbs: WATCHED, without: null },
    { ...EVENTS, without: "shifts are not reported as Events" },
    { ...EVENTS, verbs: ["list"], without: "after a restart, and on standbys, the status page does not know earlier decisions" },
  ];
}

/** The rights in the controller's own namespace: its Lease, and Events that concern no route. */
export function rightsAtHome(namespace: string): readonly Right[] {
  const lease = { group: "coordination.k8s.io", resource: "leases", namespace, without: null };
  return [
    { ...lease, verbs: ["create"] },
    { ...lease, name: "linkerd-failover", verbs: ["get", "update"] },
    { ...EVENTS, namespace, without: "what happens to clusters and to the monitoring is not reported as Events" },
  ];
}

/** What `status` and `explain` need of the routes: the rights of a user who may read and not change. */
export function rightsOfViewers(served: readonly RouteResource[]): readonly Right[] {
  const routes = served.map(({ group, plural }) => ({ group, resource: plural, verbs: ["get", ...WATCHED], without: null }));
  return [...routes, { group: EVENTS.group, resource: EVENTS.resource, verbs: ["list"], without: "older shifts are not explained" }];
}

/** What viewers need in the controller's own namespace, to find the leader and to ask it. */
export function rightsOfViewersAtHome(namespace: string): readonly Right[] {
  const unasked = "the controller is not asked, so whether users are failing is unknown";
  return [
    { group: "coordination.k8s.io", resource: "leases", name: "linkerd-failover", namespace, verbs: ["get"], without: unasked },
    { group: "", resource: "pods", namespace, verbs: ["list"], without: unasked },
    { group: "", resource: "pods/proxy", namespace, verbs: ["get"], without: unasked },
  ];
}

const EVENTS = { group: "events.k8s.io", resource: "events", verbs: ["create"] };

/** `trafficsplits.split.smi-spec.io`, as in `kubectl auth can-i`. */
export function resourceName({ group, resource }: Pick<Right, "group" | "resource">): string {
  return group === "" ? resource : `${resource}.${group}`;
}

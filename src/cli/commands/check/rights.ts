import type { RouteResource } from "../../../routes/route.ts";

/** Something that the controller has to be allowed to do. */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Absent: in all namespaces. */
  readonly namespace?: string;
  /** Absent: with every name. */
  readonly name?: string;
  /** What goes on without it, though less well; null where nothing does. */
  readonly without: string | null;
}

export interface RightsScope {
  /** The kinds of route that are there. */
  readonly served: readonly RouteResource[];
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** Where the controller runs. */
  readonly controllerNamespace: string;
}

const WATCHED = ["list", "watch"];

/**
 * All that `run` does at the API server, and the only definition of it: `check` asks for these rights, and the roles in
 * `deploy/` give them.
 */
export function rightsNeeded({ served, namespaces, controllerNamespace }: RightsScope): readonly Right[] {
  const scopes = namespaces.length === 0 ? [{}] : namespaces.map((namespace) => ({ namespace }));
  const told = namespaces.length === 0 || namespaces.includes(controllerNamespace);
  return [
    ...scopes.flatMap((scope) => rightsOnRoutes(served).map((right) => ({ ...right, ...scope }))),
    ...rightsAtHome(controllerNamespace).filter(({ resource }) => !told || resource !== "events"),
  ];
}

/** Rights in all namespaces, or in each that is watched. */
export function rightsOnRoutes(served: readonly RouteResource[]): readonly Right[] {
  return [
    ...served.map(({ group, plural }) => ({ group, resource: plural, verbs: [...WATCHED, "patch"], without: null })),
    { group: "", resource: "services", verbs: WATCHED, without: null },
    { group: "discovery.k8s.io", resource: "endpointslices", verbs: WATCHED, without: null },
    { ...EVENTS, without: "shifts are not told as Events" },
  ];
}

/** Rights where the controller runs: its Lease, and Events of what concerns no route. */
export function rightsAtHome(namespace: string): readonly Right[] {
  const lease = { group: "coordination.k8s.io", resource: "leases", namespace, without: null };
  return [
    { ...lease, verbs: ["create"] },
    { ...lease, name: "linkerd-failover", verbs: ["get", "update"] },
    { ...EVENTS, namespace, without: "what happens to clusters and to the monitoring is not told as Events" },
  ];
}

const EVENTS = { group: "events.k8s.io", resource: "events", verbs: ["create"] };

/** `trafficsplits.split.smi-spec.io`, as roles and `kubectl auth can-i` have it. */
export function resourceName({ group, resource }: Pick<Right, "group" | "resource">): string {
  return group === "" ? resource : `${resource}.${group}`;
}

import type { RouteResource } from "../../routes/route.ts";

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

/** All that `run` does at the API server; kept by the roles that come with the program. */
export function rightsNeeded({ served, namespaces, controllerNamespace }: RightsScope): readonly Right[] {
  const inScope: readonly Right[] = [
    ...served.map(({ group, plural }) => ({ group, resource: plural, verbs: [...WATCHED, "patch"], without: null })),
    { group: "discovery.k8s.io", resource: "endpointslices", verbs: WATCHED, without: null },
    { group: "", resource: "services", verbs: WATCHED, without: null },
    { group: "events.k8s.io", resource: "events", verbs: ["create"], without: "shifts are not told as Events" },
  ];
  const lease = { group: "coordination.k8s.io", resource: "leases", namespace: controllerNamespace, without: null };
  const scopes = namespaces.length === 0 ? [{}] : namespaces.map((namespace) => ({ namespace }));
  return [
    ...scopes.flatMap((scope) => inScope.map((right) => ({ ...right, ...scope }))),
    { ...lease, verbs: ["create"] },
    { ...lease, name: "linkerd-failover", verbs: ["get", "update"] },
  ];
}

/** `trafficsplits.split.smi-spec.io`, as roles and `kubectl auth can-i` have it. */
export function resourceName({ group, resource }: Pick<Right, "group" | "resource">): string {
  return group === "" ? resource : `${resource}.${group}`;
}

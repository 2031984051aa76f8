/** The API of Linkerd's ServiceProfiles. linkerd-smi writes one for each TrafficSplit; others are their owners'. */
export const SERVICE_PROFILES = { group: "linkerd.io", version: "v1alpha2", plural: "serviceprofiles" } as const;

/** What decides whether proxies follow a ServiceProfile. */
export interface ProfileFacts {
  readonly metadata?: { readonly name?: string };
  readonly spec?: unknown;
}

/** The Service, as `NAMESPACE/SERVICE`, whose clients follow this ServiceProfile and no HTTPRoute; null: it has nothing to follow. */
export function profiledService({ metadata, spec }: ProfileFacts): string | null {
  const [, service, namespace] = /^([^.]+)\.([^.]+)\.svc\./.exec(metadata?.name ?? "") ?? [];
  const { routes, dstOverrides } = (spec ?? {}) as { readonly routes?: unknown; readonly dstOverrides?: unknown };
  const hasRoutes = Array.isArray(routes) && routes.length > 0;
  const targets = Array.isArray(dstOverrides) ? (dstOverrides as readonly ({ readonly weight?: unknown } | null)[]) : [];
  const hasTargets = targets.some((target) => Number.parseFloat(String(target?.weight)) > 0);
  return service !== undefined && (hasRoutes || hasTargets) ? `${namespace}/${service}` : null;
}

import { endpointsElsewhere, type ServiceFacts } from "./endpointsElsewhere.ts";

const MIRRORED = "mirror.linkerd.io/mirrored-service";
/** Selects the mirrored Services. */
export const MIRROR_SELECTOR = `${MIRRORED}=true`;
const CLUSTER = "mirror.linkerd.io/cluster-name";

/** The cluster of a Service that is mirrored through a gateway; null for every other Service, flat mirrors included. */
export function mirroredCluster(service: ServiceFacts): string | null {
  return endpointsElsewhere(service) ? null : linkedCluster(service);
}

/** The cluster of a mirrored Service, flat or through a gateway; null for every other Service and for one of several clusters. */
export function linkedCluster({ labels }: ServiceFacts): string | null {
  return labels?.[MIRRORED] === "true" ? labels[CLUSTER] || null : null;
}

import { endpointsElsewhere, type ServiceFacts } from "./endpointsElsewhere.ts";

const MIRRORED = "mirror.linkerd.io/mirrored-service";
/** For the API server: the mirrors among all Services. */
export const MIRROR_SELECTOR = `${MIRRORED}=true`;
const CLUSTER = "mirror.linkerd.io/cluster-name";

/** The cluster that a Service mirrors through that cluster's gateway; null for every other Service, flat mirrors included. */
export function mirroredCluster(service: ServiceFacts): string | null {
  return endpointsElsewhere(service) ? null : linkedCluster(service);
}

/** The cluster that a Service mirrors, whichever way that is linked; null for every other Service, and for one of several clusters. */
export function linkedCluster({ labels }: ServiceFacts): string | null {
  return labels?.[MIRRORED] === "true" ? labels[CLUSTER] || null : null;
}

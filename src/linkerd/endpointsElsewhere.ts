const REMOTE_DISCOVERY = "multicluster.linkerd.io/remote-discovery";
const LOCAL_DISCOVERY = "multicluster.linkerd.io/local-discovery";

/** The fields of a Service that are needed. */
export interface ServiceFacts {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly type?: string | undefined;
}

/**
 * Whether a Service never has endpoints in this cluster, so that their absence is no evidence: a flat mirror (a label), a
 * federated Service (annotations) or an ExternalName.
 */
export function endpointsElsewhere(service: ServiceFacts): boolean {
  if (service.type === "ExternalName") return true;
  if (service.labels?.[REMOTE_DISCOVERY] !== undefined) return true;
  return service.annotations?.[REMOTE_DISCOVERY] !== undefined || service.annotations?.[LOCAL_DISCOVERY] !== undefined;
}

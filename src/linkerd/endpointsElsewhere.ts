const REMOTE_DISCOVERY = "multicluster.linkerd.io/remote-discovery";
const LOCAL_DISCOVERY = "multicluster.linkerd.io/local-discovery";

/** What has to be known of a Service. */
export interface ServiceFacts {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly type?: string | undefined;
}

/**
 * Whether a Service has no endpoints in this cluster by nature, so that their absence means nothing: a flat mirror
 * (a label), a federated Service (annotations) or an ExternalName.
 */
export function endpointsElsewhere(service: ServiceFacts): boolean {
  if (service.type === "ExternalName") return true;
  if (service.labels?.[REMOTE_DISCOVERY] !== undefined) return true;
  return service.annotations?.[REMOTE_DISCOVERY] !== undefined || service.annotations?.[LOCAL_DISCOVERY] !== undefined;
}

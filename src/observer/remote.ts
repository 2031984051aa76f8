import type { KubeObject } from "../kube/kubeApi.ts";
import { endpointsElsewhere } from "../linkerd/endpointsElsewhere.ts";
import { linkedCluster, mirroredCluster } from "../linkerd/mirroredCluster.ts";

/** What is cached of a Service that stands for something outside this cluster. */
export type Remote =
  | { readonly kind: "elsewhere"; readonly cluster: string | null }
  /** The endpoints of the Service are the gateway of that cluster. */
  | { readonly kind: "gateway"; readonly cluster: string };

/** Reads a Service; null if it stands for nothing outside this cluster. */
export function readRemote(object: KubeObject): Remote | null {
  const { metadata, spec } = object as KubeObject & { spec?: { type?: string } };
  const facts = { labels: metadata?.labels, annotations: metadata?.annotations, type: spec?.type };
  if (endpointsElsewhere(facts)) return { kind: "elsewhere", cluster: linkedCluster(facts) };
  const cluster = mirroredCluster(facts);
  return cluster === null ? null : { kind: "gateway", cluster };
}

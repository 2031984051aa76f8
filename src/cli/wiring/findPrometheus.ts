import { forwardPort } from "../../kube/forwardPort.ts";
import type { KubeApi, KubeFailure, KubeObject } from "../../kube/kubeApi.ts";
import type { LoadedKubeConfig } from "../../kube/kubeConfig.ts";
import { VIZ_PROMETHEUS, VIZ_SELECTOR } from "../../linkerd/installations.ts";
import { failureText } from "../output/failureAnswer.ts";
import { listAll } from "./listAll.ts";
import { type OpenedPrometheus, openPrometheus } from "./openPrometheus.ts";
import type { JudgingSettings } from "./sightSettings.ts";

/** How the cluster is reached. */
export type ClusterLogin = Pick<Extract<LoadedKubeConfig, { ok: true }>, "kubeConfig" | "impersonation">;

const TIME_LIMIT_MS = 5_000;

/** Why there is no Prometheus; null: linkerd-viz is not installed. */
export interface NotFound {
  readonly why: string | null;
}

interface Slice extends KubeObject {
  readonly endpoints?: readonly {
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly kind?: string; readonly name?: string };
  }[];
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
}

/** Finds linkerd-viz's Prometheus as `linkerd viz` does: by its Service, with a port-forward to its pod. */
export async function findPrometheus(
  kube: KubeApi,
  { kubeConfig, impersonation }: ClusterLogin,
  settings: JudgingSettings,
  until?: AbortSignal,
): Promise<OpenedPrometheus | NotFound> {
  const limits = { timeLimitMs: TIME_LIMIT_MS, ...(until && { signal: until }) };
  const services = await listAll(kube, { group: "", version: "v1", plural: "services" }, [], limits, VIZ_SELECTOR);
  if (!services.ok) return { why: `the Services of linkerd-viz cannot be listed: ${failureText(services)}` };
  const namespace = services.value.find(({ metadata }) => metadata?.name === VIZ_PROMETHEUS)?.metadata?.namespace;
  if (namespace === undefined) return { why: null };
  const label = `kubernetes.io/service-name=${VIZ_PROMETHEUS}`;
  const slices = await listAll(kube, { group: "discovery.k8s.io", version: "v1", plural: "endpointslices" }, [namespace], limits, label);
  const cannot = (failed: KubeFailure) => ({ why: `the Prometheus of ${namespace} cannot be reached: ${failureText(failed)}` });
  if (!slices.ok) return cannot(slices);
  const target = podBehind(slices.value);
  if (target === null) return { why: `the Prometheus of ${namespace} has no ready pod` };
  const forwarded = await forwardPort(kubeConfig, impersonation, { namespace, ...target });
  if (!forwarded.ok) return cannot(forwarded);
  const { port, stop } = forwarded.value;
  const opened = await openPrometheus({ ...settings, prometheusUrl: `http://127.0.0.1:${port}` }, until);
  if ("wrong" in opened || opened.prometheus === null) {
    stop();
    return { why: "wrong" in opened ? opened.wrong : null };
  }
  return { client: opened.prometheus.client, url: `${target.pod} in ${namespace}, by a port-forward`, stop };
}

function podBehind(slices: readonly Slice[]): { readonly pod: string; readonly port: number } | null {
  for (const { endpoints = [], ports = [] } of slices) {
    const pod = endpoints.find(({ conditions, targetRef }) => conditions?.ready !== false && targetRef?.kind === "Pod")?.targetRef?.name;
    const port = ports[0]?.port;
    if (pod !== undefined && port !== undefined) return { pod, port };
  }
  return null;
}

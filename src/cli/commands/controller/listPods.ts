import type { KubeApi, KubeObject, KubeResult, RequestOptions } from "../../../kube/kubeApi.ts";
import { listAll } from "../../wiring/listAll.ts";

/** The label that the chart sets on all its pods; those of its hooks have another component than the controller. */
const SELECTOR = "app.kubernetes.io/name=linkerd-failover";
const COMPONENT = "app.kubernetes.io/component";

/** A pod of the controller. */
export interface ControllerPod {
  readonly name: string;
  readonly ready: boolean;
  /** `Running`, `Pending`, … */
  readonly phase: string;
}

interface Pod extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type?: string; readonly status?: string }[];
  };
}

/** The pods of the controller in its namespace, without those that have ended. */
export async function listPods(kube: KubeApi, namespace: string, limits: RequestOptions): Promise<KubeResult<readonly ControllerPod[]>> {
  const listed = await listAll(kube, { group: "", version: "v1", plural: "pods" }, [namespace], limits, SELECTOR);
  if (!listed.ok) return listed;
  const pods = listed.value.filter(({ metadata }) => (metadata?.labels?.[COMPONENT] ?? "controller") === "controller").map(readPod);
  return { ok: true, value: pods.filter(({ phase }) => phase !== "Succeeded" && phase !== "Failed") };
}

function readPod({ metadata, status }: Pod): ControllerPod {
  const ready = status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true;
  return { name: metadata?.name ?? "", ready, phase: status?.phase ?? "Unknown" };
}

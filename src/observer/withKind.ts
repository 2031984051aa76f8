import type { KubeList, KubeObject } from "../kube/kubeApi.ts";

/** The items of a list of a built-in kind do not say what they are. */
export function withKind(item: KubeObject, list: KubeList): KubeObject {
  if (item.kind !== undefined || list.kind === undefined || list.apiVersion === undefined) return item;
  return { ...item, apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, "") };
}

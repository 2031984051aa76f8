import type { KubeList, KubeObject } from "../kube/kubeApi.ts";

/** The item with its kind and apiVersion, which lists of built-in kinds leave out of their items. */
export function withKind(item: KubeObject, list: KubeList): KubeObject {
  if (item.kind !== undefined || list.kind === undefined || list.apiVersion === undefined) return item;
  return { ...item, apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, "") };
}

import type { KubeApi, KubeObject, KubeResult, RequestOptions } from "../../kube/kubeApi.ts";
import { listPage } from "../../kube/listPage.ts";
import { resourcePath } from "../../kube/resourcePath.ts";

/** All objects of a resource, page by page. No namespaces: those of all namespaces. */
export async function listAll(
  kube: KubeApi,
  resource: { readonly group: string; readonly version: string; readonly plural: string },
  namespaces: readonly string[],
  limits: RequestOptions = {},
  labelSelector?: string,
): Promise<KubeResult<readonly KubeObject[]>> {
  const objects: KubeObject[] = [];
  for (const namespace of namespaces.length === 0 ? [undefined] : new Set(namespaces)) {
    const path = resourcePath({ ...resource, ...(namespace !== undefined && { namespace }) });
    let next: string | undefined;
    do {
      const query = { ...limits.query, ...(labelSelector && { labelSelector }), ...(next && { continue: next }) };
      const page = await listPage(kube, path, { ...limits, query });
      if (!page.ok) return page;
      for (const item of page.value.items ?? []) objects.push(item);
      next = page.value.metadata?.continue || undefined;
    } while (next !== undefined);
  }
  return { ok: true, value: objects };
}

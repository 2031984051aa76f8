import type { KubeApi, KubeList, KubeObject, KubeResult, RequestOptions } from "../kube/kubeApi.ts";
import { resourcePath } from "../kube/resourcePath.ts";

/** Objects a page. */
const PAGE = 500;

/** All objects of a resource, in these namespaces or (where none is named) in all. */
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
      const query = { limit: PAGE, ...(labelSelector && { labelSelector }), ...(next && { continue: next }) };
      const page = await kube.get<KubeList>(path, { ...limits, query });
      if (!page.ok) return page;
      for (const item of page.value.items ?? []) objects.push(item);
      next = page.value.metadata?.continue || undefined;
    } while (next !== undefined);
  }
  return { ok: true, value: objects };
}

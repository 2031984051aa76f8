import type { KubeApi, KubeList, KubeResult, RequestOptions } from "./kubeApi.ts";

/** Objects per page. The smaller sizes are for very large objects. */
const PAGE_SIZES = [500, 50, 5, 1] as const;

/** One page of a list. If it is too long it is read again in a smaller size: a few huge objects must not block the list. */
export async function listPage(kube: KubeApi, path: string, options: RequestOptions): Promise<KubeResult<KubeList>> {
  let page: KubeResult<KubeList> | null = null;
  for (const limit of PAGE_SIZES) {
    page = await kube.get<KubeList>(path, { ...options, query: { ...options.query, limit } });
    if (page.ok || page.reason !== "TooLong") return page;
  }
  if (page === null) throw new Error("PAGE_SIZES is empty");
  return page;
}

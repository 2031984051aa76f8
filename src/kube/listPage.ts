import type { KubeApi, KubeList, KubeResult, RequestOptions } from "./kubeApi.ts";

/** Objects a page; the smaller ones for where somebody has made objects as large as the API server takes them. */
const PAGE_SIZES = [500, 50, 5, 1] as const;

/** One page of a list. Where it is too long to be read it is asked for again, smaller: a few huge objects must not hide all others. */
export async function listPage(kube: KubeApi, path: string, options: RequestOptions): Promise<KubeResult<KubeList>> {
  let page: KubeResult<KubeList> | null = null;
  for (const limit of PAGE_SIZES) {
    page = await kube.get<KubeList>(path, { ...options, query: { ...options.query, limit } });
    if (page.ok || page.reason !== "TooLong") return page;
  }
  if (page === null) throw new Error("there is a page size");
  return page;
}

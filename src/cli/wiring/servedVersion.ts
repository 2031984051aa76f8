import type { KubeApi, KubeResult, RequestOptions } from "../../kube/kubeApi.ts";
import type { RouteCodec } from "../../routes/route.ts";

/** The preferred API version of a kind that the server has; null: none. */
export async function servedVersion(
  kube: KubeApi,
  { resource }: RouteCodec,
  limits: RequestOptions = {},
): Promise<KubeResult<string | null>> {
  for (const version of resource.versions) {
    const answer = await kube.get<{ resources?: readonly { readonly name?: string }[] }>(`/apis/${resource.group}/${version}`, limits);
    if (answer.ok && answer.value.resources?.some(({ name }) => name === resource.plural) === true) return { ok: true, value: version };
    if (!answer.ok && answer.status !== 404) return answer;
  }
  return { ok: true, value: null };
}

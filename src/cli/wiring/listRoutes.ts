import type { KubeApi, KubeFailure, RequestOptions } from "../../kube/kubeApi.ts";
import type { RouteCodec } from "../../routes/route.ts";
import type { FoundRoute } from "../commands/owner/findRoute.ts";
import { listAll } from "./listAll.ts";
import { servedVersion } from "./servedVersion.ts";

/** All routes of one kind. */
export interface ListedRoutes {
  /** The newest API version that the server has and we can read; null: none. */
  readonly served: string | null;
  readonly found: readonly FoundRoute[];
  /** Why the list failed; null: it did not. */
  readonly trouble: KubeFailure | null;
}

/** All routes of a kind, managed or not. No namespaces: those of all namespaces. */
export async function listRoutes(
  kube: KubeApi,
  codec: RouteCodec,
  namespaces: readonly string[],
  limits: RequestOptions = {},
  labelSelector?: string,
): Promise<ListedRoutes> {
  const served = await servedVersion(kube, codec, limits);
  if (!served.ok) return { served: null, found: [], trouble: served };
  if (served.value === null) return { served: null, found: [], trouble: null };
  const { group, plural } = codec.resource;
  const version = served.value;
  const listed = await listAll(kube, { group, version, plural }, namespaces, limits, labelSelector);
  if (!listed.ok) return { served: version, found: [], trouble: listed };
  // The items of a list have no apiVersion.
  const found = listed.value.map((object) => ({ object, route: codec.read({ apiVersion: `${group}/${version}`, ...object }) }));
  return { served: version, found, trouble: null };
}

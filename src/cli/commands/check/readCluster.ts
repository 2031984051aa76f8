import type { KubeApi, KubeFailure, KubeResult } from "../../../kube/kubeApi.ts";
import { CONTROL_PLANE_SELECTOR, VIZ_SELECTOR } from "../../../linkerd/installations.ts";
import { MIRROR_SELECTOR, mirroredCluster } from "../../../linkerd/mirroredCluster.ts";
import { profiledService, SERVICE_PROFILES } from "../../../linkerd/serviceProfiles.ts";
import { isManaged } from "../../../observer/managed.ts";
import { type DatedRoute, limitRoutes } from "../../../observer/routeLimit.ts";
import { gitOpsManagerOf } from "../../../routes/gitOpsManager.ts";
import { type Route, type RouteCodec, routeKey } from "../../../routes/route.ts";
import type { Selector } from "../../wiring/clusterSettings.ts";
import { listAll } from "../../wiring/listAll.ts";
import { listRoutes } from "../../wiring/listRoutes.ts";
import { askRights, type RightFound } from "./askRights.ts";
import { rightsNeeded } from "./rights.ts";

const REQUEST_TIME_LIMIT_MS = 10_000;
/** For all requests together: a list may have many pages. */
const TOTAL_TIME_LIMIT_MS = 60_000;

export interface ClusterScope {
  readonly codecs: readonly RouteCodec[];
  /** Null: the default labels. */
  readonly selector: Selector | null;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly controllerNamespace: string;
  readonly maxRoutesPerNamespace: number;
}

export interface ClusterFacts {
  /** The version of Kubernetes. If this failed, nothing else was read. */
  readonly version: KubeResult<string>;
  readonly kinds: readonly KindFacts[];
  /** By namespace: how many routes over the limit are left alone. */
  readonly leftOut: ReadonlyMap<string, number>;
  readonly rights: readonly RightFound[];
  /** The namespaces in which these are installed; null: we may not list the Services. */
  readonly linkerd: { readonly controlPlane: readonly string[] | null; readonly viz: readonly string[] | null };
  /** The cluster of each Service that is mirrored through a gateway, by `NAMESPACE/SERVICE`. */
  readonly clusters: ReadonlyMap<string, string>;
  /** The Services whose clients follow a ServiceProfile, as `NAMESPACE/SERVICE`. */
  readonly profiled: ReadonlySet<string>;
}

/** One kind of route. */
export interface KindFacts {
  readonly codec: RouteCodec;
  /** The newest API version that the server has and we can read; null: none. */
  readonly served: string | null;
  /** The managed routes. */
  readonly routes: readonly Route[];
  /** Those without the label. */
  readonly unmanaged: readonly Route[];
  /** The GitOps controller that applies a managed route, by `routeKey`. */
  readonly gitOps: ReadonlyMap<string, string>;
  /** Why the list failed; null: it did not. */
  readonly trouble: KubeFailure | null;
}

/** Reads what the controller would read. Never throws, and takes at most a minute, or until `until`. */
export async function readCluster(kube: KubeApi, scope: ClusterScope, until?: AbortSignal): Promise<ClusterFacts> {
  const minute = AbortSignal.timeout(TOTAL_TIME_LIMIT_MS);
  const limits: Limits = { timeLimitMs: REQUEST_TIME_LIMIT_MS, signal: until === undefined ? minute : AbortSignal.any([minute, until]) };
  const version = await readVersion(kube, limits);
  if (!version.ok)
    return { version, kinds: [], leftOut: new Map(), rights: [], linkerd: NOT_READ, clusters: new Map(), profiled: new Set() };
  const [found, clusters, profiled, controlPlane, viz] = await Promise.all([
    Promise.all(scope.codecs.map((codec) => readKind(kube, codec, scope, limits))),
    readClusters(kube, scope.namespaces, limits),
    readProfiled(kube, scope.namespaces, limits),
    namespacesWith(kube, CONTROL_PLANE_SELECTOR, limits),
    namespacesWith(kube, VIZ_SELECTOR, limits),
  ]);
  const { routes, leftOut } = limitRoutes(
    found.flatMap(({ dated }) => dated),
    scope.maxRoutesPerNamespace,
  );
  const kinds = found.map(({ dated: _, ...kind }) => ({ ...kind, routes: routes.filter((route) => route.kind === kind.codec.kind) }));
  const served = kinds.filter((kind) => kind.served !== null).map(({ codec }) => codec.resource);
  const rights = await askRights(kube, rightsNeeded({ ...scope, served }), limits);
  return { version, kinds, leftOut, rights, linkerd: { controlPlane, viz }, clusters, profiled };
}

type Limits = { readonly timeLimitMs: number; readonly signal: AbortSignal };

async function readVersion(kube: KubeApi, limits: Limits): Promise<KubeResult<string>> {
  const answer = await kube.get<{ gitVersion?: unknown }>("/version", limits);
  if (!answer.ok) return answer;
  return { ok: true, value: typeof answer.value.gitVersion === "string" ? answer.value.gitVersion : "of an unknown version" };
}

/** A kind with all its labelled routes, before the limit per namespace applies. */
type KindFound = Omit<KindFacts, "routes"> & { readonly dated: readonly DatedRoute[] };

async function readKind(kube: KubeApi, codec: RouteCodec, scope: ClusterScope, limits: Limits): Promise<KindFound> {
  const { served, found, trouble } = await listRoutes(kube, codec, scope.namespaces, limits);
  const isOurs = ({ object }: (typeof found)[number]) => isManaged(object.metadata?.labels, scope.selector);
  const managed = found.filter(isOurs);
  const gitOps = new Map(
    managed.flatMap(({ object, route }) => {
      const manager = gitOpsManagerOf(object.metadata?.managedFields);
      return manager === null ? [] : [[routeKey(route), manager] as const];
    }),
  );
  const dated = managed.map(({ object, route }) => ({ route, createdAt: object.metadata?.creationTimestamp ?? "" }));
  const unmanaged = found.filter((one) => !isOurs(one)).map(({ route }) => route);
  return { codec, served, dated, unmanaged, gitOps, trouble };
}

const NOT_READ = { controlPlane: null, viz: null };

/** The namespaces that have Services with these labels; null: we may not list the Services of all namespaces. */
async function namespacesWith(kube: KubeApi, labelSelector: string, limits: Limits): Promise<readonly string[] | null> {
  const services = await listAll(kube, { group: "", version: "v1", plural: "services" }, [], limits, labelSelector);
  return services.ok ? [...new Set(services.value.map(({ metadata }) => metadata?.namespace ?? ""))].sort() : null;
}

/** Best effort: if the list is forbidden, the checks of rights report it. */
async function readClusters(kube: KubeApi, namespaces: readonly string[], limits: Limits): Promise<ReadonlyMap<string, string>> {
  const services = await listAll(kube, { group: "", version: "v1", plural: "services" }, namespaces, limits, MIRROR_SELECTOR);
  const clusters = new Map<string, string>();
  for (const { metadata } of services.ok ? services.value : []) {
    const cluster = mirroredCluster({ labels: metadata?.labels, annotations: metadata?.annotations });
    if (cluster !== null) clusters.set(`${metadata?.namespace}/${metadata?.name}`, cluster);
  }
  return clusters;
}

/** Best effort: they need not be installed, and the controller does not need them, so no role has to let us list them. */
async function readProfiled(kube: KubeApi, namespaces: readonly string[], limits: Limits): Promise<ReadonlySet<string>> {
  const profiles = await listAll(kube, SERVICE_PROFILES, namespaces, limits);
  return new Set((profiles.ok ? profiles.value : []).map(profiledService).filter((service) => service !== null));
}

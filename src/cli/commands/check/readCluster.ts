import type { KubeApi, KubeFailure, KubeResult } from "../../../kube/kubeApi.ts";
import { CONTROL_PLANE_SELECTOR, VIZ_SELECTOR } from "../../../linkerd/installations.ts";
import { MIRROR_SELECTOR, mirroredCluster } from "../../../linkerd/mirroredCluster.ts";
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
/** All of it: a list may have many pages. */
const LOOK_TIME_LIMIT_MS = 60_000;

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
  /** Of Kubernetes; where it is a failure, nothing else was asked. */
  readonly version: KubeResult<string>;
  readonly kinds: readonly KindFacts[];
  /** By namespace that has more managed routes than it may: how many of them are left alone. */
  readonly leftOut: ReadonlyMap<string, number>;
  readonly rights: readonly RightFound[];
  /** The namespaces in which these were found; null: it may not be looked for. */
  readonly linkerd: { readonly controlPlane: readonly string[] | null; readonly viz: readonly string[] | null };
  /** Of each Service that mirrors another cluster's through its gateway: that cluster. By `NAMESPACE/SERVICE`. */
  readonly clusters: ReadonlyMap<string, string>;
}

/** One kind of route. */
export interface KindFacts {
  readonly codec: RouteCodec;
  /** The version that is served and that we read; null: none. */
  readonly served: string | null;
  /** The managed ones. */
  readonly routes: readonly Route[];
  /** Of all managed ones, those in which a GitOps controller has a hand: its name, by `routeKey`. */
  readonly gitOps: ReadonlyMap<string, string>;
  /** Why it could not be looked at; null where it could. */
  readonly trouble: KubeFailure | null;
}

/** Looks at all that the controller would see and need. Never throws, and ends after a minute at the latest. */
export async function readCluster(kube: KubeApi, scope: ClusterScope): Promise<ClusterFacts> {
  const limits: Limits = { timeLimitMs: REQUEST_TIME_LIMIT_MS, signal: AbortSignal.timeout(LOOK_TIME_LIMIT_MS) };
  const version = await readVersion(kube, limits);
  if (!version.ok) return { version, kinds: [], leftOut: new Map(), rights: [], linkerd: NOT_LOOKED_FOR, clusters: new Map() };
  const [found, clusters, controlPlane, viz] = await Promise.all([
    Promise.all(scope.codecs.map((codec) => readKind(kube, codec, scope, limits))),
    readClusters(kube, scope.namespaces, limits),
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
  return { version, kinds, leftOut, rights, linkerd: { controlPlane, viz }, clusters };
}

type Limits = { readonly timeLimitMs: number; readonly signal: AbortSignal };

async function readVersion(kube: KubeApi, limits: Limits): Promise<KubeResult<string>> {
  const answer = await kube.get<{ gitVersion?: unknown }>("/version", limits);
  if (!answer.ok) return answer;
  return { ok: true, value: typeof answer.value.gitVersion === "string" ? answer.value.gitVersion : "of an unknown version" };
}

/** The managed routes of a kind before it is known which of them are too many for their namespace. */
type KindFound = Omit<KindFacts, "routes"> & { readonly dated: readonly DatedRoute[] };

async function readKind(kube: KubeApi, codec: RouteCodec, scope: ClusterScope, limits: Limits): Promise<KindFound> {
  const { served, found, trouble } = await listRoutes(kube, codec, scope.namespaces, limits);
  const managed = found.filter(({ object }) => isManaged(object.metadata?.labels, scope.selector));
  const gitOps = new Map(
    managed.flatMap(({ object, route }) => {
      const manager = gitOpsManagerOf(object.metadata?.managedFields);
      return manager === null ? [] : [[routeKey(route), manager] as const];
    }),
  );
  const dated = managed.map(({ object, route }) => ({ route, createdAt: object.metadata?.creationTimestamp ?? "" }));
  return { codec, served, dated, gitOps, trouble };
}

const NOT_LOOKED_FOR = { controlPlane: null, viz: null };

/** Where Services with these labels are; null where Services of all namespaces may not be listed. */
async function namespacesWith(kube: KubeApi, labelSelector: string, limits: Limits): Promise<readonly string[] | null> {
  const services = await listAll(kube, { group: "", version: "v1", plural: "services" }, [], limits, labelSelector);
  return services.ok ? [...new Set(services.value.map(({ metadata }) => metadata?.namespace ?? ""))].sort() : null;
}

/** Best effort: what is missing here was told by the rights. */
async function readClusters(kube: KubeApi, namespaces: readonly string[], limits: Limits): Promise<ReadonlyMap<string, string>> {
  const services = await listAll(kube, { group: "", version: "v1", plural: "services" }, namespaces, limits, MIRROR_SELECTOR);
  const clusters = new Map<string, string>();
  for (const { metadata } of services.ok ? services.value : []) {
    const cluster = mirroredCluster({ labels: metadata?.labels, annotations: metadata?.annotations });
    if (cluster !== null) clusters.set(`${metadata?.namespace}/${metadata?.name}`, cluster);
  }
  return clusters;
}

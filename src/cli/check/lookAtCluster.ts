import type { KubeApi, KubeFailure, KubeResult } from "../../kube/kubeApi.ts";
import { MIRROR_SELECTOR, mirroredCluster } from "../../linkerd/mirroredCluster.ts";
import { isManaged } from "../../observer/managed.ts";
import { type DatedRoute, limitRoutes } from "../../observer/routeLimit.ts";
import type { Route, RouteCodec } from "../../routes/route.ts";
import type { Selector } from "../clusterSettings.ts";
import { listAll } from "../listAll.ts";
import { servedVersion } from "../servedVersion.ts";
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
  /** Why it could not be looked at; null where it could. */
  readonly trouble: KubeFailure | null;
}

/** Looks at all that the controller would see and need. Never throws, and ends after a minute at the latest. */
export async function lookAtCluster(kube: KubeApi, scope: ClusterScope): Promise<ClusterFacts> {
  const limits: Limits = { timeLimitMs: REQUEST_TIME_LIMIT_MS, signal: AbortSignal.timeout(LOOK_TIME_LIMIT_MS) };
  const version = await readVersion(kube, limits);
  if (!version.ok) return { version, kinds: [], leftOut: new Map(), rights: [], clusters: new Map() };
  const [found, clusters] = await Promise.all([
    Promise.all(scope.codecs.map((codec) => lookAtKind(kube, codec, scope, limits))),
    readClusters(kube, scope.namespaces, limits),
  ]);
  const { routes, leftOut } = limitRoutes(
    found.flatMap(({ dated }) => dated),
    scope.maxRoutesPerNamespace,
  );
  const kinds = found.map(({ dated: _, ...kind }) => ({ ...kind, routes: routes.filter((route) => route.kind === kind.codec.kind) }));
  const served = kinds.filter((kind) => kind.served !== null).map(({ codec }) => codec.resource);
  const rights = await askRights(kube, rightsNeeded({ ...scope, served }), limits);
  return { version, kinds, leftOut, rights, clusters };
}

type Limits = { readonly timeLimitMs: number; readonly signal: AbortSignal };

async function readVersion(kube: KubeApi, limits: Limits): Promise<KubeResult<string>> {
  const answer = await kube.get<{ gitVersion?: unknown }>("/version", limits);
  if (!answer.ok) return answer;
  return { ok: true, value: typeof answer.value.gitVersion === "string" ? answer.value.gitVersion : "of an unknown version" };
}

/** The managed routes of a kind before it is known which of them are too many for their namespace. */
type KindFound = Omit<KindFacts, "routes"> & { readonly dated: readonly DatedRoute[] };

async function lookAtKind(kube: KubeApi, codec: RouteCodec, scope: ClusterScope, limits: Limits): Promise<KindFound> {
  const nothing = { codec, served: null, dated: [], trouble: null };
  const found = await servedVersion(kube, codec, limits);
  if (!found.ok) return { ...nothing, trouble: found };
  const version = found.value;
  if (version === null) return nothing;
  const { group, plural } = codec.resource;
  const listed = await listAll(kube, { group, version, plural }, scope.namespaces, limits);
  if (!listed.ok) return { ...nothing, served: version, trouble: listed };
  const managed = listed.value.filter(({ metadata }) => isManaged(metadata?.labels, scope.selector));
  // The items of a list do not say what they are.
  const dated = managed.map((object) => ({
    route: codec.read({ apiVersion: `${group}/${version}`, ...object }),
    createdAt: object.metadata?.creationTimestamp ?? "",
  }));
  return { codec, served: version, dated, trouble: null };
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

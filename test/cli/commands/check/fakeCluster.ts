import type { KubeApi, KubeFailure, KubeResult, RequestOptions } from "../../../../src/kube/kubeApi.ts";

export interface FakeCluster {
  /** Objects of a resource by `GROUP/VERSION/PLURAL`, or why it cannot be listed; all other kinds are not installed. */
  readonly resources?: Readonly<Record<string, readonly object[] | KubeFailure>>;
  /** `VERB RESOURCE`. */
  readonly denied?: readonly string[];
  /** Why every request fails. */
  readonly away?: KubeFailure;
}

/** The Services that show where Linkerd and linkerd-viz are installed. */
export const LINKERD: readonly object[] = [
  { metadata: { name: "linkerd-dst", namespace: "linkerd", labels: { "linkerd.io/control-plane-component": "destination" } } },
  { metadata: { name: "prometheus", namespace: "linkerd-viz", labels: { "linkerd.io/extension": "viz" } } },
];

export const FORBIDDEN: KubeFailure = { status: 403, reason: "Forbidden", message: "no" };

/** A cluster that answers the requests of `check`, two objects per page. It has no other methods. */
export function fakeCluster({ resources = {}, denied = [], away }: FakeCluster): { readonly kube: KubeApi; readonly asked: string[] } {
  const asked: string[] = [];
  const get = (path: string, query: RequestOptions["query"] = {}): KubeResult<unknown> => {
    asked.push(path);
    if (away !== undefined) return { ok: false, ...away };
    if (path === "/version") return { ok: true, value: { gitVersion: "v1.36.3" } };
    const [, groupVersion = "", namespace, plural] =
      /^\/apis?\/([^/]+(?:\/v[^/]+)?)(?:\/namespaces\/([^/]+))?(?:\/(.+))?$/.exec(path) ?? [];
    if (plural === undefined) return discovery(groupVersion, Object.keys(resources));
    const found = resources[`${groupVersion}/${plural}`] ?? (plural === "services" ? LINKERD : []);
    if (!Array.isArray(found)) return { ok: false, ...(found as KubeFailure) };
    const inScope = found.filter(
      ({ metadata }: { metadata?: { namespace?: string; labels?: Readonly<Record<string, string>> } }) =>
        (namespace === undefined || metadata?.namespace === namespace) && hasLabels(metadata?.labels ?? {}, query["labelSelector"]),
    );
    const from = Number(query["continue"] ?? 0);
    const next = from + 2 < inScope.length ? { continue: String(from + 2) } : {};
    return { ok: true, value: { metadata: next, items: inScope.slice(from, from + 2) } };
  };
  const review = (body: { spec: { resourceAttributes: { verb: string; resource: string } } }) => {
    const { verb, resource } = body.spec.resourceAttributes;
    return { ok: true, value: { status: { allowed: !denied.includes(`${verb} ${resource}`) } } };
  };
  const kube = {
    get: async (path: string, options: RequestOptions) => get(path, options.query),
    create: async (_path: string, body: Parameters<typeof review>[0]) => review(body),
  } as unknown as KubeApi;
  return { kube, asked };
}

/** Whether labels match `a=b`; any other selector matches everything. */
function hasLabels(labels: Readonly<Record<string, string>>, selector: unknown): boolean {
  const [, key = "", value] = /^([^=!,]+)=([^=,]+)$/.exec(typeof selector === "string" ? selector : "") ?? [];
  return value === undefined || labels[key] === value;
}

function discovery(groupVersion: string, known: readonly string[]): KubeResult<unknown> {
  const names = known.filter((name) => name.startsWith(`${groupVersion}/`)).map((name) => ({ name: name.slice(groupVersion.length + 1) }));
  return names.length > 0 ? { ok: true, value: { resources: names } } : { ok: false, status: 404, reason: "NotFound", message: "no" };
}

/** A managed TrafficSplit over `NAME` and `NAME-east`. */
export function trafficSplit(
  name: string,
  more: { readonly namespace?: string; readonly weights?: readonly number[]; readonly labels?: object; readonly createdAt?: string } = {},
): object {
  const {
    createdAt: creationTimestamp,
    namespace = "shop",
    weights = [100, 0],
    labels = { "failover.linkerd.io/controlled-by": "linkerd-failover" },
  } = more;
  const backends = [name, `${name}-east`].map((service, i) => ({ service, weight: weights[i] }));
  return { metadata: { name, namespace, uid: name, resourceVersion: "1", labels, creationTimestamp }, spec: { service: name, backends } };
}

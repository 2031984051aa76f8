import type { Route, RouteCodec, Split } from "../../src/routes/route.ts";

/** A codec that reads only the fields of TrafficSplits that the tests need. */
export const fakeCodec: RouteCodec = {
  kind: "TrafficSplit",
  resource: { group: "split.smi-spec.io", versions: ["v1alpha2", "v1alpha1"], plural: "trafficsplits" },
  read: (object) => readSplit(object as TrafficSplit),
  patch: () => [],
  writeVersion: () => "v1alpha2",
};

interface TrafficSplit {
  readonly apiVersion: string;
  readonly metadata: { name: string; namespace: string; uid: string; resourceVersion: string; labels?: Record<string, string> };
  readonly spec?: { service?: string; backends?: { service: string; weight: number }[] };
}

/** A route with one split and backends of equal weight. */
export function route(namespace: string, name: string, backends: readonly string[], rest: Partial<Route> = {}): Route {
  const split: Split = { name: "0", backends: backends.map((backend) => ({ backend, weight: 1, entries: [] })) };
  return {
    key: `${rest.kind ?? "TrafficSplit"}/${namespace}/${name}`,
    kind: "TrafficSplit",
    namespace,
    name,
    apiVersion: "split.smi-spec.io/v1alpha2",
    uid: name,
    resourceVersion: "1",
    labels: {},
    apex: name,
    parents: [rest.apex ?? name],
    splits: backends.length === 0 ? [] : [split],
    hasOtherRules: false,
    namesPrimary: false,
    primary: backends[0] ?? "",
    tiers: null,
    ruleName: null,
    pin: null,
    frozen: false,
    memory: null,
    memoryText: null,
    hasAnnotations: false,
    lastManager: "test",
    problems: [],
    maxWeightSum: Number.POSITIVE_INFINITY,
    maxWeight: Number.POSITIVE_INFINITY,
    ...rest,
  };
}

function readSplit({ apiVersion, metadata, spec }: TrafficSplit): Route {
  const backends = (spec?.backends ?? []).map((backend) => backend.service);
  const { uid, resourceVersion, labels = {} } = metadata;
  const read = route(metadata.namespace, metadata.name, backends, { apiVersion, uid, resourceVersion, labels, apex: spec?.service ?? "" });
  return backends.length > 0 ? read : { ...read, problems: [{ problem: "unreadable", text: "there are no backends" }] };
}

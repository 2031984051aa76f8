import { expect, it } from "vitest";
import { linkedCluster, mirroredCluster } from "../../src/linkerd/mirroredCluster.ts";

const MIRRORED = { "mirror.linkerd.io/mirrored-service": "true" };
const EAST = { ...MIRRORED, "mirror.linkerd.io/cluster-name": "east" };

it.each([
  ["a gateway mirror", { labels: EAST }, "east"],
  ["a flat mirror", { labels: { ...EAST, "multicluster.linkerd.io/remote-discovery": "east" } }, null],
  ["a federated Service", { labels: MIRRORED, annotations: { "multicluster.linkerd.io/remote-discovery": "web@east,web@west" } }, null],
  ["a federated Service of a named cluster", { labels: EAST, annotations: { "multicluster.linkerd.io/local-discovery": "web" } }, null],
  ["a mirror without a cluster", { labels: MIRRORED }, null],
  ["a mirror of an empty name", { labels: { ...EAST, "mirror.linkerd.io/cluster-name": "" } }, null],
  ["a Service that only names a cluster", { labels: { "mirror.linkerd.io/cluster-name": "east" } }, null],
  ["a Service that is explicitly not mirrored", { labels: { ...EAST, "mirror.linkerd.io/mirrored-service": "false" } }, null],
  ["a local Service", {}, null],
])("%s", (_what, service, cluster) => expect(mirroredCluster(service)).toBe(cluster));

it.each([
  ["a gateway mirror", { labels: EAST }, "east"],
  ["a flat mirror", { labels: { ...EAST, "multicluster.linkerd.io/remote-discovery": "east" } }, "east"],
  ["a federated Service", { labels: MIRRORED, annotations: { "multicluster.linkerd.io/remote-discovery": "web@east,web@west" } }, null],
  ["a Service that only names a cluster", { labels: { "mirror.linkerd.io/cluster-name": "east" } }, null],
  ["a local Service", {}, null],
])("the cluster of %s, flat or through a gateway", (_what, service, cluster) => expect(linkedCluster(service)).toBe(cluster));

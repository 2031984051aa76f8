import { expect, it } from "vitest";
import { endpointsElsewhere } from "../../src/linkerd/endpointsElsewhere.ts";

const MIRROR = { "mirror.linkerd.io/mirrored-service": "true", "mirror.linkerd.io/cluster-name": "east" };

it.each([
  ["a plain Service", { type: "ClusterIP" }, false],
  ["a Service of which nothing is known", {}, false],
  ["an ExternalName", { type: "ExternalName" }, true],
  ["a gateway mirror, whose endpoints are the gateway's", { labels: MIRROR, type: "ClusterIP" }, false],
  ["a flat mirror", { labels: { ...MIRROR, "multicluster.linkerd.io/remote-discovery": "east" } }, true],
  ["a federated Service", { labels: MIRROR, annotations: { "multicluster.linkerd.io/remote-discovery": "web@east" } }, true],
  [
    "a federated Service with its local member only",
    { labels: MIRROR, annotations: { "multicluster.linkerd.io/local-discovery": "web" } },
    true,
  ],
])("%s", (_name, service, elsewhere) => {
  expect(endpointsElsewhere(service)).toBe(elsewhere);
});

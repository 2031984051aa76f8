import { expect, it } from "vitest";
import { modesDocs, versionsDocs } from "../../src/linkerd/compatibilityDocs.ts";
import { endpointsElsewhere } from "../../src/linkerd/endpointsElsewhere.ts";
import { mirroredCluster } from "../../src/linkerd/mirroredCluster.ts";
import { MULTICLUSTER_MODES } from "../../src/linkerd/multiclusterModes.ts";
import { VERSIONS } from "../../src/linkerd/versions.ts";

const MIRRORED = { "mirror.linkerd.io/mirrored-service": "true" };
const EAST = { ...MIRRORED, "mirror.linkerd.io/cluster-name": "east" };

/** A Service of each mode. */
const SERVICES = {
  "local Service": {},
  "gateway mirror": { labels: EAST },
  "flat mirror": { labels: { ...EAST, "multicluster.linkerd.io/remote-discovery": "east" } },
  "federated Service": { labels: MIRRORED, annotations: { "multicluster.linkerd.io/remote-discovery": "web@east" } },
};

it("names the versions from the oldest on, each once", () => {
  const numbers = VERSIONS.map(({ version }) => version.split(".").map(Number));
  expect(numbers).toEqual(numbers.toSorted(([, a = 0], [, b = 0]) => a - b));
  expect(new Set(VERSIONS.map(({ version }) => version)).size).toBe(VERSIONS.length);
  expect(versionsDocs().split("\n")).toHaveLength(VERSIONS.length + 2);
});

it.each(Object.entries(SERVICES))("describes a %s as the code treats it", (name, service) => {
  const signals = MULTICLUSTER_MODES.find((mode) => mode.name === name)?.signals;
  expect(signals?.readiness.works).toBe(!endpointsElsewhere(service));
  expect(signals?.gateway.works).toBe(mirroredCluster(service) !== null);
});

it("has a line for every signal of every mode, and no cell that breaks the table", () => {
  const lines = modesDocs().split("\n");
  expect(lines).toHaveLength(MULTICLUSTER_MODES.length * 5 + 2);
  expect(MULTICLUSTER_MODES.map(({ name }) => name)).toEqual(Object.keys(SERVICES));
  for (const line of [...lines, ...versionsDocs().split("\n")]) expect([6, 8]).toContain(line.split("|").length);
});

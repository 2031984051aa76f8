import { expect, it } from "vitest";
import { BY_ROUTE_SINCE } from "../../src/linkerd/families.ts";
import { isOlder, readProxyVersions } from "../../src/linkerd/proxyVersions.ts";

const read = (...versions: string[]) =>
  readProxyVersions(versions.map((version) => ({ labels: { version }, value: 2 }))).map(
    ({ version, linkerd }) => `${version} ${linkerd?.version ?? "-"}`,
  );

it("finds the Linkerd version of a proxy: its own, or the last one before it", () => {
  expect(read("2.326.0", "v2.246.0", "2.245.9")).toEqual(["2.245.9 2.15", "v2.246.0 2.16", "2.326.0 2.19"]);
});

it("finds none for a build that is not a release, or is older than all known ones", () => {
  expect(read("0.0.0-dev", "2.9.0", "")).toEqual(["0.0.0-dev -", "unknown -", "2.9.0 -"]);
});

it("counts the proxies of each version", () => {
  expect(readProxyVersions([{ labels: { version: "2.359.0" }, value: 7 }])[0]?.proxies).toBe(7);
});

it("detects proxies without the route families, if their version is known", () => {
  const proxies = readProxyVersions(["0.0.0-dev", "2.245.0", "2.246.0"].map((version) => ({ labels: { version }, value: 1 })));
  expect(proxies.filter((proxy) => isOlder(proxy, BY_ROUTE_SINCE)).map(({ version }) => version)).toEqual(["2.245.0"]);
});

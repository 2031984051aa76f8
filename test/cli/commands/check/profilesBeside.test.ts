import { expect, it } from "vitest";
import { profilesBeside } from "../../../../src/cli/commands/check/profilesBeside.ts";
import { readCluster } from "../../../../src/cli/commands/check/readCluster.ts";
import type { Route } from "../../../../src/routes/route.ts";
import { route } from "../../../observer/fakeCodec.ts";
import { FORBIDDEN, fakeCluster } from "./fakeCluster.ts";

const split: Route = { ...route("shop", "web-split", ["web", "east"]), parents: ["web"] };
const httpRoute: Route = { ...split, kind: "HTTPRoute", name: "web" };
const WEB = new Set(["shop/web"]);

it.each<[string, readonly Route[], readonly Route[], ReadonlySet<string>, string | undefined]>([
  [
    "a ServiceProfile that somebody wrote",
    ...([[httpRoute], [], WEB] as const),
    "its ServiceProfile takes precedence over HTTPRoute/shop/web, whose weights have no effect",
  ],
  ["that of a managed TrafficSplit", [split], [], WEB, undefined],
  ["that of a TrafficSplit without the label", [httpRoute], [split], WEB, undefined],
  ["one of another Service", [httpRoute], [], new Set(["bank/web", "shop/east"]), undefined],
  ["one beside a route without the label", [], [httpRoute], WEB, undefined],
])("%s", (_what, managed, unmanaged, profiled, error) => {
  expect(profilesBeside(managed, unmanaged, profiled).map((check) => check.error)).toEqual(error === undefined ? [] : [error]);
});

it.each([
  ["are read", [{ metadata: { name: "web.shop.svc.cluster.local", namespace: "shop" }, spec: { routes: [{}] } }], ["shop/web"]],
  ["are none if they may not be listed", FORBIDDEN, []],
] as const)("the ServiceProfiles of the cluster %s", async (_what, found, profiled) => {
  const { kube } = fakeCluster({ resources: { "linkerd.io/v1alpha2/serviceprofiles": found } });
  const scope = { codecs: [], selector: null, namespaces: [], controllerNamespace: "x", maxRoutesPerNamespace: 9 };
  expect([...(await readCluster(kube, scope)).profiled]).toEqual(profiled);
});

import { expect, it } from "vitest";
import { sharedParents } from "../../../../src/cli/commands/check/sharedParents.ts";
import type { Route } from "../../../../src/routes/route.ts";
import { route } from "../../../observer/fakeCodec.ts";

const split = (name: string, parent = "web"): Route => ({ ...route("shop", name, ["web", "east"]), parents: [parent] });
const httpRoute = (name: string, namespace = "shop", parent = "web"): Route => ({
  ...route(namespace, name, ["web", "east"]),
  kind: "HTTPRoute",
  parents: [parent],
});

it.each<[string, readonly Route[], readonly (string | undefined)[]]>([
  ["routes of Gateway API on one Service", [httpRoute("a"), httpRoute("b")], []],
  ["a TrafficSplit on a Service of its own", [split("web"), httpRoute("web", "bank"), httpRoute("api", "shop", "api")], []],
  [
    "a TrafficSplit before an HTTPRoute, here and from another namespace",
    [httpRoute("a"), split("web"), httpRoute("b", "bank", "web.shop")],
    ["TrafficSplit/shop/web takes precedence over HTTPRoute/shop/a, HTTPRoute/bank/b, whose weights have no effect"],
  ],
  [
    "two TrafficSplits",
    [split("one"), split("two")],
    ["of TrafficSplit/shop/one, TrafficSplit/shop/two only the TrafficSplit that was changed last has effect"],
  ],
])("%s", (_what, routes, errors) => {
  const checks = sharedParents(routes);
  expect(checks.map(({ error }) => error)).toEqual(errors);
  expect(checks.every(({ result }) => result === "warning")).toBe(true);
});

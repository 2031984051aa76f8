import { expect, it } from "vitest";
import { unmanagedBeside } from "../../../../src/cli/commands/check/unmanagedBeside.ts";
import type { Route } from "../../../../src/routes/route.ts";
import { route } from "../../../observer/fakeCodec.ts";

const split = (name: string, parent = "web"): Route => ({ ...route("shop", name, ["web", "east"]), parents: [parent] });
const httpRoute = (name: string, namespace = "shop", parent = "web"): Route => ({
  ...split(name, parent),
  namespace,
  kind: "HTTPRoute",
  key: "",
});

it.each<[string, Route, Route, string | undefined]>([
  ["nothing on the same Service", httpRoute("web"), split("api", "api"), undefined],
  ["a Service of the same name elsewhere", httpRoute("web"), httpRoute("web", "bank"), undefined],
  [
    "a TrafficSplit that was left over",
    httpRoute("web"),
    split("web-old"),
    "TrafficSplit/shop/web-old without the label takes precedence over HTTPRoute/shop/web, whose weights have no effect",
  ],
  [
    "a second TrafficSplit",
    split("web"),
    split("web-old"),
    "TrafficSplit/shop/web-old without the label has effect if it was changed last",
  ],
  [
    "a route for some of the requests",
    httpRoute("web"),
    httpRoute("web-api", "bank", "web.shop"),
    "HTTPRoute/bank/web-api without the label takes the requests that match it better; no failure moves these",
  ],
  ["an HTTPRoute that a managed TrafficSplit overrules", split("web"), httpRoute("web"), undefined],
])("%s", (_what, managed, unmanaged, error) => {
  expect(unmanagedBeside([managed], [unmanaged]).map((check) => check.error)).toEqual(error === undefined ? [] : [error]);
});

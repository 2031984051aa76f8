import { expect, it } from "vitest";
import { backendQueries } from "../../src/observer/backendQueries.ts";
import { route } from "./fakeCodec.ts";

const QUEUE = { name: "queue", query: 'max(depth{ns="{{namespace}}",svc="{{service}}",c="{{cluster}}",r="{{route}}"})' };

it("has one query per backend of the routes whose rule has queries", () => {
  const web = route("shop", "web", ["web", "web-east.bank"]);
  const twice = { ...web, splits: [...web.splits, ...web.splits.map((split) => ({ ...split, name: "1" }))] };
  const routes = [twice, route("shop", "plain", ["plain"])];
  const clusters = new Map([["bank/web-east", "east"]]);
  expect(backendQueries(routes, clusters, ({ name }) => (name === "web" ? [QUEUE, { name: "up", query: "up" }] : []))).toEqual([
    { key: "TrafficSplit/shop/web/web/queue", text: 'max(depth{ns="shop",svc="web",c="",r="web"})', namespace: "shop" },
    { key: "TrafficSplit/shop/web/web/up", text: "up", namespace: "shop" },
    { key: "TrafficSplit/shop/web/web-east.bank/queue", text: 'max(depth{ns="bank",svc="web-east",c="east",r="web"})', namespace: "shop" },
    { key: "TrafficSplit/shop/web/web-east.bank/up", text: "up", namespace: "shop" },
  ]);
});

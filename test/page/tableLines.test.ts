import { describe, expect, it } from "vitest";
import type { FeedRoute } from "../../src/admin/feedRoute.ts";
import { readAddress } from "../../src/page/address.ts";
import { matches, tableLines } from "../../src/page/tableLines.ts";

function route(key: string, more: Partial<FeedRoute> = {}): FeedRoute {
  return {
    ...{ key, severity: "healthy", rule: "default", primary: "a", frozen: false, pinned: null, problems: [], splits: [] },
    ...{ seen: "value", success: 1, perSecond: 1, lastShift: null, why: null },
    ...more,
  };
}

const ROUTES = [
  route("TrafficSplit/shop/web", { success: 0.95, perSecond: 3 }),
  route("HTTPRoute/bank/web", { success: null, perSecond: null, lastShift: "2026-01-01T00:00:00Z" }),
  route("HTTPRoute/shop/api", { success: 0.99, perSecond: 200, rule: "front" }),
];
const order = (query: string) =>
  tableLines(ROUTES, readAddress(`#/?${query}`)).map((line) =>
    line.kind === "route" ? line.route.key : `${line.namespace} ${line.count}`,
  );

describe("the lines of the table", () => {
  it.each([
    ["", ["HTTPRoute/bank/web", "HTTPRoute/shop/api", "TrafficSplit/shop/web"]],
    ["sort=-name", ["TrafficSplit/shop/web", "HTTPRoute/shop/api", "HTTPRoute/bank/web"]],
    ["sort=success", ["TrafficSplit/shop/web", "HTTPRoute/shop/api", "HTTPRoute/bank/web"]],
    ["sort=-requests", ["HTTPRoute/shop/api", "TrafficSplit/shop/web", "HTTPRoute/bank/web"]],
    ["sort=-shift", ["HTTPRoute/bank/web", "HTTPRoute/shop/api", "TrafficSplit/shop/web"]],
    ["sort=rule", ["HTTPRoute/bank/web", "TrafficSplit/shop/web", "HTTPRoute/shop/api"]],
    ["sort=success&group=namespace", ["bank 1", "HTTPRoute/bank/web", "shop 2", "TrafficSplit/shop/web", "HTTPRoute/shop/api"]],
  ])("are, with %j, in this order", (query, keys) => {
    expect(order(query)).toEqual(keys);
  });

  it("are found by parts of names, in any order", () => {
    const found = (text: string) => ROUTES.filter((one) => matches(one, text)).map(({ key }) => key);
    expect(found("WEB shop")).toEqual(["TrafficSplit/shop/web"]);
    expect(found("httproute")).toHaveLength(2);
    expect(found("  ")).toHaveLength(3);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DatedRoute, limitRoutes } from "../../src/observer/routeLimit.ts";
import { RouteList } from "../../src/observer/routeList.ts";
import type { Route } from "../../src/routes/route.ts";
import { route } from "./fakeCodec.ts";

const LIMIT = 3;

/** Puts or deletes one of a few routes. */
const change = fc.record({ namespace: fc.constantFrom("a", "b"), name: fc.constantFrom("u", "v", "w", "x", "y"), isDeleted: fc.boolean() });

describe("the list of managed routes", () => {
  it("is always what a new reading of all routes gives", () => {
    const property = fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const objects = new Map<string, DatedRoute>();
      const list = new RouteList(() => objects.values(), LIMIT);
      list.routes();
      for (const [i, { namespace, name, isDeleted }] of changes.entries()) {
        const now = isDeleted ? null : { ...route(namespace, name, ["web"]), resourceVersion: String(i) };
        const { key } = route(namespace, name, []);
        const before = objects.get(key);
        if (now === null && before === undefined) continue;
        if (now === null) objects.delete(key);
        else objects.set(key, { route: now, createdAt: before?.createdAt ?? String(i).padStart(4, "0") });
        list.change(before?.route ?? null, now);
        const expected = limitRoutes([...objects.values()], LIMIT);
        expect(new Set(list.routes())).toEqual(new Set(expected.routes));
        expect(list.leftOut()).toEqual(expected.leftOut);
        expect(list.get(key)).toBe(expected.routes.find((own: Route) => own.key === key));
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  it("never changes an array that it has given", () => {
    const web = route("shop", "web", ["web"]);
    const list = new RouteList(() => [{ route: web, createdAt: "" }], LIMIT);
    const given = list.routes();
    list.change(web, { ...web, resourceVersion: "2" });
    list.change(null, route("shop", "cart", ["web"]));
    expect(given).toEqual([web]);
    expect(list.routes()).toHaveLength(2);
  });
});

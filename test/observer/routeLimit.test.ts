import { expect, it } from "vitest";
import { type DatedRoute, limitRoutes } from "../../src/observer/routeLimit.ts";
import { route } from "./fakeCodec.ts";

const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, "0")}Z`;
const dated = (namespace: string, name: string, second: number, rest: object = {}): DatedRoute => ({
  route: route(namespace, name, ["a", "b"], rest),
  createdAt: at(second),
});
const names = (routes: readonly { namespace: string; name: string }[]) => routes.map(({ namespace, name }) => `${namespace}/${name}`);

it("keeps all routes within the limit, in their order", () => {
  const all = [dated("a", "two", 2), dated("b", "one", 3), dated("a", "one", 1)];
  expect(limitRoutes(all, 2)).toEqual({ routes: all.map((one) => one.route), leftOut: new Map() });
});

it("keeps the oldest routes of a crowded namespace, by name if equally old, and all routes of other namespaces", () => {
  const flood = Array.from({ length: 10_000 }, (_, i) => dated("flood", `r${i}`, 30));
  const neighbour = dated("calm", "web", 59);
  const kinds = [dated("flood", "z", 10), dated("flood", "a", 20, { kind: "HTTPRoute" })];
  for (const all of [
    [...flood, neighbour, ...kinds],
    [...kinds, neighbour, ...flood.toReversed()],
  ]) {
    const { routes, leftOut } = limitRoutes(all, 4);
    expect(names(routes).toSorted()).toEqual(["calm/web", "flood/a", "flood/r0", "flood/r1", "flood/z"]);
    expect(leftOut).toEqual(new Map([["flood", 9_998]]));
  }
});

it("distinguishes routes of two kinds with the same name", () => {
  const all = [dated("a", "web", 1), dated("a", "web", 1, { kind: "HTTPRoute" })];
  expect(limitRoutes(all, 1).routes.map(({ kind }) => kind)).toEqual(["HTTPRoute"]);
  expect(limitRoutes(all.toReversed(), 1).routes.map(({ kind }) => kind)).toEqual(["HTTPRoute"]);
});

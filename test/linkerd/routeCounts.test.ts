import { describe, expect, it } from "vitest";
import { readBackends, readBackendsInSlices, readRoutes, readSent } from "../../src/linkerd/routeCounts.ts";
import { ITEMS_OF_SLICE, whole } from "../../src/linkerd/slices.ts";

const HTTP = { route_group: "gateway.networking.k8s.io", route_kind: "HTTPRoute", route_namespace: "shop", route_name: "web" };
const GRPC = { ...HTTP, route_kind: "GRPCRoute" };
const HTTP_KEY = "HTTPRoute/shop/web";

const GOOD = { http_status: "200", error: "" };

function sample(value: number, labels: Record<string, string> = GOOD, route: Record<string, string> = HTTP) {
  return { labels: { ...route, ...labels }, value };
}

function failuresOf(labels: Record<string, string>, route: Record<string, string>): number | undefined {
  const read = readRoutes([sample(3, labels, route)]);
  return read.ok ? [...read.counts.values()][0]?.failures : undefined;
}

describe("which route", () => {
  it("distinguishes the two HTTPRoutes and the GRPCRoute of one name", () => {
    const read = readRoutes([sample(1), sample(2, GOOD, { ...HTTP, route_group: "policy.linkerd.io" }), sample(4, GOOD, GRPC), sample(8)]);
    expect(read).toEqual({
      ok: true,
      counts: new Map([
        [HTTP_KEY, { total: 9, failures: 0 }],
        ["HTTPRoute.policy.linkerd.io/shop/web", { total: 2, failures: 0 }],
        ["GRPCRoute/shop/web", { total: 4, failures: 0 }],
      ]),
    });
  });

  it.each([
    ["the default route", { route_group: "", route_kind: "default", route_namespace: "", route_name: "http" }],
    ["an unknown group", { ...HTTP, route_group: "example.org" }],
    ["a TLSRoute", { ...HTTP, route_kind: "TLSRoute" }],
    ["a name of Object's", { ...HTTP, route_group: "", route_kind: "__proto__" }],
    ["no namespace", { ...HTTP, route_namespace: "" }],
    ["no name", { ...HTTP, route_name: "" }],
    ["no labels", {}],
  ])("leaves out %s", (_what, route) => {
    expect(readRoutes([sample(1, {}, route)])).toEqual({ ok: true, counts: new Map() });
  });
});

describe("what is a failure", () => {
  it.each([
    [{ http_status: "200" }, 0],
    [{ http_status: "404" }, 0],
    [{ http_status: "500" }, 3],
    [{ http_status: "504", error: "RESPONSE_HEADERS_TIMEOUT" }, 3],
    [{ error: "FAIL_FAST" }, 3],
    [{ error: "LOAD_SHED" }, 3],
    [{ error: "UNKNOWN" }, 3],
    [{ http_status: "200", error: "RESET" }, 3],
    // The client closed the response before its end.
    [{ http_status: "200", error: "UNKNOWN" }, 0],
    [{ http_status: "500", error: "UNKNOWN" }, 3],
  ])("HTTP: %o", (labels, failures) => expect(failuresOf(labels, HTTP)).toBe(failures));

  it.each(["UNKNOWN", "DEADLINE_EXCEEDED", "PERMISSION_DENIED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"])("gRPC: %s", (status) =>
    expect(failuresOf({ grpc_status: status, error: "" }, GRPC)).toBe(3),
  );

  it.each(["OK", "CANCELLED", "NOT_FOUND", "RESOURCE_EXHAUSTED", "UNAUTHENTICATED", "2"])("gRPC: not %s", (status) =>
    expect(failuresOf({ grpc_status: status, error: "" }, GRPC)).toBe(0),
  );

  it("gRPC: an error of the proxy itself, but not a client that closed its stream", () => {
    expect(failuresOf({ grpc_status: "UNKNOWN", error: "LOAD_SHED" }, GRPC)).toBe(3);
    expect(failuresOf({ grpc_status: "UNKNOWN", error: "UNKNOWN" }, GRPC)).toBe(0);
  });
});

it("leaves out a route whose requests have neither status nor error, since the labels are dropped", () => {
  expect(readRoutes([sample(9, {}), sample(4, { error: "FAIL_FAST" })])).toMatchObject({ ok: true, counts: new Map() });
});

describe("invalid numbers", () => {
  it("counts NaN as a series without requests", () => {
    expect(readRoutes([sample(Number.NaN)])).toEqual({ ok: true, counts: new Map([[HTTP_KEY, { total: 0, failures: 0 }]]) });
  });

  it.each([-1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("rejects %d", (value) => {
    expect(readRoutes([sample(value)])).toEqual({ ok: false, why: `${value} is not a number of requests (${HTTP_KEY})` });
  });
});

describe("by route and backend", () => {
  const backend = (name: string) => ({ backend_namespace: "shop", backend_name: name });

  it("reads the route's own requests to each backend", () => {
    const samples = [
      sample(10, { ...backend("web"), http_status: "200" }),
      sample(3, { ...backend("web"), http_status: "500" }),
      sample(2, { ...backend("web"), error: "FAIL_FAST" }),
      sample(7, { ...backend("east"), http_status: "200" }),
    ];
    const own = new Map([
      ["shop/web", { total: 15, failures: 5 }],
      ["shop/east", { total: 7, failures: 0 }],
    ]);
    expect(readBackends(samples)).toEqual({
      ok: true,
      value: { backends: new Map([[HTTP_KEY, own]]), routes: new Map([[HTTP_KEY, { total: 22, failures: 5 }]]) },
    });
  });

  it("leaves out a route of which one counter went back: its other backend would seem to be the only one that answered", () => {
    const web = { ...backend("web"), http_status: "200" };
    const others = [sample(3, { ...backend("web"), http_status: "500" }), sample(7, { ...backend("east"), http_status: "200" })];
    const samples = [{ ...sample(5, web), before: 9 }, ...others];
    expect(readBackends(samples)).toEqual({ ok: true, value: { backends: new Map(), routes: new Map() } });
  });

  it("counts requests to a Service that does not exist, which have no backend, to the route alone", () => {
    const missing = sample(3, { backend_kind: "default", backend_namespace: "", backend_name: "fail", http_status: "500" });
    expect(readBackends([missing, sample(7, { ...backend("east"), http_status: "200" })])).toEqual({
      ok: true,
      value: {
        backends: new Map([[HTTP_KEY, new Map([["shop/east", { total: 7, failures: 0 }]])]]),
        routes: new Map([[HTTP_KEY, { total: 10, failures: 3 }]]),
      },
    });
    // The same where a scrape configuration drops the backends' names: its leaves tell more.
    expect(readBackends([missing])).toEqual({ ok: true, value: { backends: new Map(), routes: new Map() } });
  });

  it("refuses what is no number of requests", () => {
    expect(readBackends([sample(-1, backend("web"))])).toMatchObject({ ok: false });
  });

  it("pauses while it reads many samples, and adds up those before and after a pause", () => {
    const named = { backend_namespace: "shop", backend_name: "web" };
    const routes = Array.from({ length: ITEMS_OF_SLICE }, (_, i) => ({ ...HTTP, ...named, route_name: `web-${i}` }));
    const samples = ["200", "500"].flatMap((http_status) => routes.map((route) => sample(1, { http_status }, route)));
    const slices = readBackendsInSlices(samples);
    let pauses = 0;
    for (let next = slices.next(); next.done !== true; next = slices.next()) pauses += 1;
    expect(pauses).toBeGreaterThanOrEqual(2);
    const read = readBackends(samples);
    expect(read.ok && [...read.value.routes.values()].every(({ total, failures }) => total === 2 && failures === 1)).toBe(true);
    expect(read.ok && read.value.backends.size).toBe(ITEMS_OF_SLICE);
  });

  it("reads what was sent by apex and leaf", () => {
    const labels = { parent_namespace: "shop", parent_name: "web", backend_namespace: "shop", backend_name: "east" };
    expect(whole(readSent([{ labels, value: 4 }]))).toEqual({ ok: true, value: new Map([["shop/web", new Map([["shop/east", 4]])]]) });
  });
});

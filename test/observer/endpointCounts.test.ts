import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EndpointCounts, readSlice, type SliceCount } from "../../src/observer/endpointCounts.ts";

function slice(service: string, ready: number, notReady = 0, addressType = "IPv4"): SliceCount {
  return { service, addressType, ready, notReady };
}

function counted(ready: number, notReady: number) {
  return { state: "counted", ready, notReady };
}

describe("reading a slice", () => {
  const meta = { namespace: "shop", name: "web-x", labels: { "kubernetes.io/service-name": "web" } };

  it("counts ready and not ready endpoints; unknown readiness counts as ready", () => {
    const endpoints = [
      { conditions: { ready: true } },
      { conditions: { ready: false } },
      { conditions: {} },
      {},
      { conditions: { ready: null } },
      { conditions: null },
    ];
    expect(readSlice({ metadata: meta, addressType: "IPv4", endpoints } as object)).toEqual(slice("shop/web", 5, 1));
  });

  it("does not count terminating endpoints as not ready, so a Service may be scaled down", () => {
    const leaving = { conditions: { ready: false, serving: true, terminating: true } };
    const published = { conditions: { ready: true, terminating: true } };
    const endpoints = [{ conditions: { ready: true, terminating: false } }, leaving, leaving, leaving, published];
    expect(readSlice({ metadata: meta, addressType: "IPv4", endpoints } as object)).toEqual(slice("shop/web", 2, 0));
  });

  it.each([null, undefined, "garbage", []])("counts none in %j", (endpoints) => {
    expect(readSlice({ metadata: meta, addressType: "IPv6", endpoints } as object)).toEqual(slice("shop/web", 0, 0, "IPv6"));
  });

  it("ignores a slice without a Service", () => {
    expect(readSlice({ metadata: { namespace: "shop", name: "x" }, endpoints: [{}] } as object)).toBeNull();
    expect(readSlice({ metadata: { namespace: "shop", labels: { "kubernetes.io/service-name": "" } } })).toBeNull();
  });

  it("counts null entries as endpoints of unknown readiness", () => {
    expect(readSlice({ metadata: meta, addressType: "IPv4", endpoints: [null] } as object)).toEqual(slice("shop/web", 1));
  });
});

describe("counting", () => {
  it("adds up the slices of a Service", () => {
    const counts = new EndpointCounts();
    expect(counts.change(null, slice("shop/web", 100))).toEqual(["shop/web"]);
    expect(counts.change(null, slice("shop/web", 20, 3))).toEqual(["shop/web"]);
    expect(counts.of("shop/web")).toEqual(counted(120, 3));
    expect(counts.of("shop/other")).toBeNull();
  });

  it("reports only counts that have changed", () => {
    const counts = new EndpointCounts();
    counts.change(null, slice("shop/web", 2));
    expect(counts.change(slice("shop/web", 2), slice("shop/web", 2))).toEqual([]);
    expect(counts.change(slice("shop/web", 2), slice("shop/web", 1, 1))).toEqual(["shop/web"]);
  });

  it("distinguishes an empty slice from no slice", () => {
    const counts = new EndpointCounts();
    expect(counts.change(null, slice("shop/web", 0))).toEqual(["shop/web"]);
    expect(counts.of("shop/web")).toEqual(counted(0, 0));
    expect(counts.change(slice("shop/web", 0), null)).toEqual(["shop/web"]);
    expect(counts.of("shop/web")).toBeNull();
  });

  it("does not count the pods of a dual-stack Service twice", () => {
    const counts = new EndpointCounts();
    counts.change(null, slice("shop/web", 2, 1, "IPv4"));
    counts.change(null, slice("shop/web", 2, 1, "IPv6"));
    expect(counts.of("shop/web")).toEqual(counted(2, 1));
    counts.change(slice("shop/web", 2, 1, "IPv4"), slice("shop/web", 3, 0, "IPv4"));
    expect(counts.of("shop/web")).toEqual(counted(3, 0));
  });

  it("follows a slice that changes its Service", () => {
    const counts = new EndpointCounts();
    counts.change(null, slice("shop/web", 2));
    expect(counts.change(slice("shop/web", 2), slice("shop/api", 2))).toEqual(["shop/web", "shop/api"]);
    expect([counts.of("shop/web"), counts.of("shop/api")]).toEqual([null, counted(2, 0)]);
  });

  it("agrees with a full count after any changes", () => {
    const change = fc.record({
      key: fc.integer({ min: 0, max: 4 }),
      now: fc.option(
        fc.record({
          service: fc.constantFrom("a/x", "a/y"),
          addressType: fc.constantFrom("IPv4", "IPv6"),
          ready: fc.integer({ min: 0, max: 9 }),
          notReady: fc.integer({ min: 0, max: 9 }),
        }),
      ),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (history) => {
        const counts = new EndpointCounts();
        const live = new Map<number, SliceCount>();
        for (const { key, now } of history) {
          counts.change(live.get(key) ?? null, now);
          if (now === null) live.delete(key);
          else live.set(key, now);
        }
        const anew = new EndpointCounts();
        for (const one of live.values()) anew.change(null, one);
        for (const service of ["a/x", "a/y"]) expect(counts.of(service)).toEqual(anew.of(service));
      }),
    );
  });
});

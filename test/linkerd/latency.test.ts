import { describe, expect, it } from "vitest";
import { bucketFor, readLatency } from "../../src/linkerd/latency.ts";
import type { LeafNames } from "../../src/linkerd/leaf.ts";

const NO_SPLITS: LeafNames = { byApex: new Map(), ambiguous: new Set() };
const LEAF = { authority: "web-east.shop.svc.cluster.local:8080", dst_service: "web", dst_namespace: "shop" };
const KEY = "shop/web-east";

function bucket(le: string | undefined, value: number, labels: Record<string, string> = LEAF) {
  return { labels: le === undefined ? labels : { ...labels, le }, value };
}

it.each([
  [500, 500],
  [501, 1_000],
  [750, 1_000],
  [0.5, 1],
  [6, 10],
  [50_000, 50_000],
  [60_000, Number.POSITIVE_INFINITY],
])("uses for %d ms the bucket of %d", (underMs, bucketMs) => expect(bucketFor(underMs)).toBe(bucketMs));

describe("reading", () => {
  it("counts slower responses as failures, however the bound is written", () => {
    const samples = [bucket("500", 60), bucket("500.0", 30), bucket("1000", 99), bucket("+Inf", 100)];
    expect(readLatency(samples, NO_SPLITS, 500)).toEqual({ ok: true, counts: new Map([[KEY, { total: 100, failures: 10 }]]) });
    expect(readLatency(samples, NO_SPLITS, 750)).toEqual({ ok: true, counts: new Map([[KEY, { total: 100, failures: 1 }]]) });
  });

  it("subtracts the earlier values, and leaves out a leaf whose counter went back", () => {
    const moved = (le: string, before: number, value: number, labels = LEAF) => ({ ...bucket(le, value, labels), before });
    const back = { ...LEAF, authority: "web.shop.svc.cluster.local" };
    const samples = [moved("500", 60, 90), moved("+Inf", 60, 100), moved("500", 70, 60, back), moved("+Inf", 70, 100, back)];
    expect(readLatency(samples, NO_SPLITS, 500)).toEqual({ ok: true, counts: new Map([[KEY, { total: 40, failures: 10 }]]) });
  });

  it("counts nothing as slow if the bound exceeds every bucket", () => {
    const read = readLatency([bucket("50000", 1), bucket("+Inf", 100)], NO_SPLITS, 60_000);
    expect(read).toEqual({ ok: true, counts: new Map([[KEY, { total: 100, failures: 0 }]]) });
  });

  it("never counts fewer than zero slow responses", () => {
    const read = readLatency([bucket("500", 100.2), bucket("+Inf", 100)], NO_SPLITS, 500);
    expect(read).toEqual({ ok: true, counts: new Map([[KEY, { total: 100, failures: 0 }]]) });
  });

  it("uses dst_service if there is no authority", () => {
    const labels = { dst_service: "web", dst_namespace: "shop" };
    const read = readLatency([bucket("500", 1, labels), bucket("+Inf", 2, labels)], NO_SPLITS, 500);
    expect(read).toEqual({ ok: true, counts: new Map([["shop/web", { total: 2, failures: 1 }]]) });
  });

  it.each([
    ["without its bound's series, which may have been dropped", [bucket("+Inf", 100), bucket("400", 3)]],
    ["without a total", [bucket("500", 100)]],
    ["whose bound is NaN", [bucket("500", Number.NaN), bucket("+Inf", 100)]],
    ["whose total is NaN", [bucket("500", 3), bucket("+Inf", Number.NaN)]],
    ["without any bound", [bucket(undefined, 3), bucket("", 4), bucket("soon", 5)]],
    ["without a name", [bucket("500", 3, {}), bucket("+Inf", 3, { authority: '"}' })]],
  ])("leaves out a leaf %s", (_what, samples) => {
    expect(readLatency(samples, NO_SPLITS, 500)).toEqual({ ok: true, counts: new Map() });
  });

  it.each([-1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("rejects %d", (value) => {
    const read = readLatency([bucket("500", value), bucket("+Inf", 100)], NO_SPLITS, 500);
    expect(read).toEqual({ ok: false, why: `${value} is not a number of requests (${KEY})` });
  });
});

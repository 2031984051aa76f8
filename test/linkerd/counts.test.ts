import { describe, expect, it } from "vitest";
import { readApexes, readLeaves, type Sample } from "../../src/linkerd/counts.ts";
import type { LeafNames } from "../../src/linkerd/leaf.ts";

/** TrafficSplit web over web-svc, with a primary of another name, a gateway mirror, a flat mirror and a federated Service. */
const SPLITS: LeafNames = {
  byApex: new Map([["shop/web", new Set(["shop/web", "shop/web-blue", "shop/web-east", "shop/web-federated"])]]),
  ambiguous: new Set(["bank/web"]),
};

function leaf(authority: string | null, service: string | null, value = 1, classification = "success", namespace = "shop"): Sample {
  const labels: Record<string, string> = { classification };
  if (authority !== null) labels["authority"] = authority;
  if (service !== null) Object.assign(labels, { dst_service: service, dst_namespace: namespace });
  return { labels, value };
}

function keys(...samples: Sample[]): string[] {
  const read = readLeaves(samples, SPLITS);
  return read.ok ? [...read.counts.keys()] : ["failed"];
}

describe("which leaf a series belongs to", () => {
  it.each([
    ["a local leaf on port 80", leaf("web-blue.shop.svc.cluster.local", "web-blue"), "shop/web-blue"],
    ["a local leaf on port 8080", leaf("web-blue.shop.svc.cluster.local:8080", "web-blue"), "shop/web-blue"],
    ["a local leaf on port 80, written out", leaf("web-blue.shop.svc.cluster.local:80", "web-blue"), "shop/web-blue"],
    ["a leaf that is the apex too", leaf("web.shop.svc.cluster.local:8080", "web"), "shop/web"],
    ["another cluster domain", leaf("web-blue.shop.svc.east.k3d.example.com:7778", "web-blue"), "shop/web-blue"],
    ["no cluster domain", leaf("web-blue.shop.svc:7778", "web-blue"), "shop/web-blue"],
    ["a gateway mirror", leaf("web-east.shop.svc.cluster.local:7778", "web-east"), "shop/web-east"],
    ["a flat mirror, whose dst_service is the remote name", leaf("web-east.shop.svc.cluster.local", "web"), "shop/web-east"],
    ["a flat mirror of a name that is another leaf here", leaf("web-east.shop.svc.cluster.local", "web-blue"), "shop/web-east"],
    ["a federated Service", leaf("web-federated.shop.svc.cluster.local:80", "web"), "shop/web-federated"],
    ["an old proxy: authority is the apex", leaf("web.shop.svc.cluster.local:80", "web-blue"), "shop/web-blue"],
    ["an old proxy and the leaf that is the apex", leaf("web.shop.svc.cluster.local:80", "web"), "shop/web"],
    ["a managed apex and an unrelated dst_service", leaf("web.shop.svc.cluster.local:80", "other"), "shop/web"],
    ["an apex that is not managed", leaf("cart.shop.svc.cluster.local:80", "cart-blue"), "shop/cart"],
    ["no authority", leaf(null, "web-blue"), "shop/web-blue"],
    ["an empty authority", leaf("", "web-blue"), "shop/web-blue"],
    ["an authority that is an address", leaf("10.0.0.1:8080", "web-blue"), "shop/web-blue"],
    ["an authority outside", leaf("example.com", "web-blue"), "shop/web-blue"],
    ["a leaf of another namespace", leaf("web.bank.svc.cluster.local", "web", 1, "success", "bank"), "bank/web"],
    ["an authority without dst labels", leaf("web-blue.shop.svc.cluster.local", null), "shop/web-blue"],
    ["a name from Object.prototype", leaf("__proto__.constructor.svc.cluster.local", null), "constructor/__proto__"],
  ])("%s", (_name, sample, key) => {
    expect(keys(sample)).toEqual([key]);
  });

  it.each([
    ["nothing at all", leaf(null, null)],
    ["an authority outside and no dst", leaf("example.com:443", null)],
    ["a dst_service alone that may be a mirror's", { labels: { dst_service: "web", dst_namespace: "bank" }, value: 1 }],
    ["half of dst", { labels: { dst_service: "web" }, value: 1 }],
    ["a path", leaf("web/../x.shop.svc.cluster.local", null)],
    ["a pod of a StatefulSet", leaf("web-0.web.shop.svc.cluster.local", null)],
    ["empty parts", leaf(".shop.svc.cluster.local", null)],
  ])("does not count %s", (_name, sample) => {
    expect(keys(sample)).toEqual([]);
  });
});

describe("counting", () => {
  it("adds up ports, classes and old and new proxies", () => {
    const read = readLeaves(
      [
        leaf("web-blue.shop.svc.cluster.local:80", "web-blue", 60),
        leaf("web-blue.shop.svc.cluster.local:8080", "web-blue", 20.5),
        leaf("web-blue.shop.svc.cluster.local:80", "web-blue", 9, "failure"),
        leaf("web.shop.svc.cluster.local:80", "web-blue", 10),
        leaf("web.shop.svc.cluster.local:80", "web-blue", 1, "failure"),
        leaf("web-east.shop.svc.cluster.local", "web-blue", 7),
      ],
      SPLITS,
    );
    expect(read.ok && Object.fromEntries(read.counts)).toEqual({
      "shop/web-blue": { total: 100.5, failures: 10 },
      "shop/web-east": { total: 7, failures: 0 },
    });
  });

  it("reads total failure without any success series", () => {
    const read = readLeaves([leaf("web.shop.svc.cluster.local", "web", 40, "failure")], SPLITS);
    expect(read.ok && read.counts.get("shop/web")).toEqual({ total: 40, failures: 40 });
  });

  it("leaves out a leaf of which some requests have no class, since the label is dropped", () => {
    const other = leaf("api.shop.svc.cluster.local", "api", 3);
    const read = readLeaves(
      [leaf("web.shop.svc.cluster.local", "web", 4, ""), leaf("web.shop.svc.cluster.local", "web", 9), other],
      SPLITS,
    );
    expect(read).toMatchObject({ ok: true, counts: new Map([["shop/api", { total: 3, failures: 0 }]]) });
  });

  it("reads NaN as a series without requests", () => {
    const read = readLeaves([leaf("web.shop.svc.cluster.local", "web", Number.NaN)], SPLITS);
    expect(read.ok && read.counts.get("shop/web")).toEqual({ total: 0, failures: 0 });
  });

  it.each([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1])("rejects %d", (value) => {
    const read = readLeaves([leaf("web.shop.svc.cluster.local", "web", 5), leaf("web.shop.svc.cluster.local", "web", value)], SPLITS);
    expect(read).toEqual({ ok: false, why: `${value} is not a number of requests (shop/web)` });
  });

  it("reads an empty answer as no entries", () => {
    expect(readLeaves([], SPLITS)).toEqual({ ok: true, counts: new Map() });
    expect(readApexes([])).toEqual({ ok: true, counts: new Map() });
  });

  it("reads apexes by dst, over all their ports", () => {
    const read = readApexes([
      { labels: { dst: "web.shop.svc.cluster.local:80", classification: "success" }, value: 3 },
      { labels: { dst: "web.shop.svc.cluster.local:8080", classification: "failure" }, value: 97 },
      { labels: { dst: "web.bank.svc.cluster.local:80", classification: "success" }, value: 1 },
      { labels: { classification: "success" }, value: 1 },
    ]);
    expect(read.ok && Object.fromEntries(read.counts)).toEqual({
      "shop/web": { total: 100, failures: 97 },
      "bank/web": { total: 1, failures: 0 },
    });
  });
});

describe("a sample of two moments", () => {
  const apex = (value: number, before?: number): Sample => ({
    labels: { dst: "web.shop.svc.cluster.local:80", classification: "success" },
    value,
    ...(before === undefined ? {} : { before }),
  });

  it.each([
    ["counts the difference", 9, 4, { total: 5, failures: 0 }],
    ["counts as a whole if it is new", 9, undefined, { total: 9, failures: 0 }],
    ["counts nothing if it stood still", 9, 9, { total: 0, failures: 0 }],
    ["leaves out its name if it went back", 4, 9, undefined],
  ])("%s", (_, now, before, counts) => {
    const read = readApexes([apex(now, before)]);
    expect(read.ok && read.counts.get("shop/web")).toEqual(counts);
  });

  it("is invalid if either is no number of requests", () => {
    expect(readApexes([apex(9, -1)]).ok).toBe(false);
    expect(readApexes([apex(9, Number.POSITIVE_INFINITY)]).ok).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { nameOf, readByClient, readClientNames } from "../../src/linkerd/clientCounts.ts";
import { readApexes, type Sample } from "../../src/linkerd/counts.ts";

const apex = (instance: string, pod: string, value: number, more: Sample["labels"] = {}): Sample => ({
  labels: { instance, pod, dst: "web.shop.svc.cluster.local:80", classification: "failure", ...more },
  value,
});

function read(...samples: readonly Sample[]) {
  return readByClient(samples, (own) => {
    const counts = readApexes(own);
    return counts.ok ? { ok: true, value: counts.counts } : counts;
  });
}

describe("counts by client", () => {
  it("are read as if each client's samples were the whole answer", () => {
    const answer = read(
      apex("10.0.0.1:4191", "a", 3),
      apex("10.0.0.2:4191", "b", 5),
      apex("10.0.0.2:4191", "b", 2, { classification: "success" }),
    );
    expect(answer.ok && [...answer.value].map(([client, counts]) => [nameOf(client), counts.get("shop/web")])).toEqual([
      ["a", { total: 3, failures: 3 }],
      ["b", { total: 7, failures: 5 }],
    ]);
  });

  it("subtract each client's own two moments, and leave out only a counter that went back", () => {
    const answer = read({ ...apex("a", "", 9), before: 4 }, { ...apex("b", "", 1), before: 4 });
    expect(answer.ok && [...answer.value].map(([client, counts]) => [nameOf(client), counts.get("shop/web")])).toEqual([
      ["a", { total: 5, failures: 5 }],
      ["b", undefined],
    ]);
  });

  it("are invalid all together if one is no number of requests", () => {
    expect(read(apex("a", "a", 3), apex("b", "b", -1)).ok).toBe(false);
  });

  it("tell proxies apart that share a pod's name or an address", () => {
    const answer = read(apex("a", "web-0", 1), apex("b", "web-0", 1), apex("a", "web-1", 1));
    expect(answer.ok && answer.value.size).toBe(3);
  });
});

describe("the name of a client", () => {
  it("has its namespace, where that is kept", () => {
    const names = readClientNames([
      { labels: { instance: "a", pod: "web-0", namespace: "front" }, value: 1 },
      { labels: { instance: "a", pod: "web-0", namespace: "back" }, value: 1 },
      { labels: { instance: "b", pod: "web-1" }, value: 1 },
      { labels: { instance: "c", namespace: "front" }, value: 1 },
    ]);
    expect([...names.values()]).toEqual(["front/web-0"]);
  });

  it.each([
    [["a", "web-0"], "web-0"],
    [["a", ""], "a"],
    [["", ""], "unknown"],
  ])("of %j is %s without it", (identity, name) => {
    expect(nameOf(JSON.stringify(identity))).toBe(name);
  });
});

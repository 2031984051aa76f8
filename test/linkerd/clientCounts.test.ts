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
  it.each([
    ["has its namespace", [{ pod: "web-0", namespace: "front" }], "front/web-0"],
    [
      "is always the same of two",
      [
        { pod: "web-0", namespace: "front" },
        { pod: "web-0", namespace: "back" },
      ],
      "front/web-0",
    ],
    [
      "is the one with a namespace, whatever comes first",
      [{ pod: "web-0" }, { pod: "web-0", namespace: "a" }, { pod: "web-0" }],
      "a/web-0",
    ],
    ["is its pod where no namespace is kept", [{ pod: "web-0" }], "web-0"],
    ["is found in other labels", [{ kubernetes_pod_name: "web-0", kubernetes_namespace: "front" }], "front/web-0"],
    ["is found in labels of the OpenTelemetry collector", [{ k8s_pod_name: "web-0", k8s_namespace_name: "front" }], "front/web-0"],
    ["is unknown without a pod", [{ namespace: "front" }], undefined],
  ])("%s", (_, all, name) => {
    const names = readClientNames(all.map((labels) => ({ labels: { instance: "a", ...labels }, value: 1 })));
    expect([...names.values()]).toEqual(name === undefined ? [] : [name]);
  });

  it.each([
    [["a", "web-0"], "web-0"],
    [["a", ""], "a"],
    [["", ""], "unknown"],
  ])("of %j is %s without it", (identity, name) => {
    expect(nameOf(JSON.stringify(identity))).toBe(name);
  });
});

import { expect, it } from "vitest";
import { readGateways } from "../../src/linkerd/gateways.ts";

function gauge(name: string, cluster: string | undefined, value: number) {
  return { labels: { gauge: name, ...(cluster === undefined ? {} : { target_cluster_name: cluster }) }, value };
}

it("reads for each cluster whether its gateway is probed and alive", () => {
  const samples = [gauge("alive", "east", 1), gauge("enabled", "east", 1), gauge("enabled", "west", 1), gauge("alive", "west", 0)];
  const flat = [gauge("alive", "flat", 0), gauge("enabled", "flat", 0)];
  expect(readGateways([...samples, ...flat])).toEqual(
    new Map([
      ["east", { alive: true, enabled: true }],
      ["west", { alive: false, enabled: true }],
      ["flat", { alive: false, enabled: false }],
    ]),
  );
});

it("reads a gateway that has just failed a probe as dead, whatever its gauge was lately", () => {
  const failed = gauge("failed", "east", 0);
  const dead = new Map([["east", { alive: false, enabled: true }]]);
  expect(readGateways([gauge("alive", "east", 1), gauge("enabled", "east", 1), failed])).toEqual(dead);
  expect(readGateways([gauge("enabled", "east", 1), failed])).toEqual(dead);
  expect(readGateways([failed])).toEqual(new Map());
});

it.each([
  ["only one gauge is known", [gauge("alive", "east", 0)]],
  ["only the other is known", [gauge("enabled", "east", 1)]],
  ["a value is NaN", [gauge("alive", "east", Number.NaN), gauge("enabled", "east", 1)]],
  ["a value is infinite", [gauge("alive", "east", Number.POSITIVE_INFINITY), gauge("enabled", "east", 1)]],
  ["a value is negative", [gauge("alive", "east", -1), gauge("enabled", "east", 1)]],
  ["a value is between", [gauge("alive", "east", 0.5), gauge("enabled", "east", 1)]],
  ["no cluster is named", [gauge("alive", undefined, 0), gauge("enabled", "", 1)]],
  ["the gauge is another", [gauge("latency", "east", 0), gauge("__proto__", "east", 1)]],
])("has no result if %s", (_what, samples) => expect(readGateways(samples)).toEqual(new Map()));

import { describe, expect, it } from "vitest";
import { memoryAtStart } from "../../src/routes/leftFailedOver.ts";
import type { Route } from "../../src/routes/route.ts";
import { trafficSplitCodec } from "../../src/routes/trafficSplit.ts";
import { readHttpRoute, rule } from "./gatewayObjects.ts";
import { backends, routeOf, trafficSplit } from "./routeObjects.ts";

const PRIMARY = { "failover.linkerd.io/primary-service": "web" };
const NOW_MS = 1_000;

function named(...pairs: Parameters<typeof backends>): Route {
  return trafficSplitCodec.read(trafficSplit(backends(...pairs), { annotations: PRIMARY }));
}

describe("a TrafficSplit that names its primary, which has no weight", () => {
  it("was left failed over: the primary is out and gets the whole sum", () => {
    expect(memoryAtStart(named(["web", 0], ["east", 1], ["west", 1]), NOW_MS)).toEqual({
      splits: { "0": { baseline: { web: [2], east: [0], west: [0] }, written: { web: 0, east: 1, west: 1 } } },
      backends: { web: { phase: "out", sinceMs: NOW_MS, cause: "readiness" } },
    });
  });

  it.each<[string, Route, readonly number[]]>([
    ["has no floating-point noise", named(["web", 0], ["east", 0.1], ["west", 0.2]), [0.3]],
    ["is at the first entry of a primary that is listed twice", named(["web", 0], ["east", 7], ["web", 0]), [7, 0]],
    ["is the largest weight at most", named(["web", 0], ["east", 1e12], ["west", 1e12]), [1e12]],
  ])("the sum %s", (_, route, expected) => {
    expect(memoryAtStart(route, NOW_MS)?.splits["0"]?.baseline["web"]).toEqual(expected);
  });
});

describe("the zeros are the owner's", () => {
  it.each<[string, Route]>([
    ["of a primary that is not named", routeOf(["web", 0], ["east", 1])],
    ["of a standby", named(["web", 5], ["east", 0])],
    ["where all weights are zero", named(["web", 0], ["east", 0])],
    ["of an HTTPRoute", readHttpRoute([rule(["web", 0], ["east", 1])], { annotations: PRIMARY })],
  ])("%s", (_, route) => {
    expect(memoryAtStart(route, NOW_MS)).toBeNull();
  });
});

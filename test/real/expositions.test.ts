import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Counts, RequestCounts } from "../../src/evaluator/model/observation.ts";
import type { Route } from "../../src/routes/route.ts";
import { route } from "../observer/fakeCodec.ts";
import { answered, askAt, requestsAt } from "./askAt.ts";
import { type Moment, recordedMoment, seriesOf, uncounted } from "./expositionSeries.ts";
import { realTools } from "./harness/realTools.ts";
import { openServerGroup, type ServerGroup } from "./harness/serverProcess.ts";
import { startOnSeries } from "./recordedPrometheus.ts";

const WINDOW_MS = 30_000;
const BEGIN_MS = Date.parse("2026-11-23T00:00:00Z");
const STORY_MS = 15 * 60_000;
const CLUSTERS = ["web-svc", "web-svc-flat", "web-svc-gw", "web-svc-federated"];
const SPLIT = route("emojivoto", "web", CLUSTERS, { apex: "web-svc" });
const HTTP = route("emojivoto", "web-failover", CLUSTERS, { kind: "HTTPRoute", apex: "web-svc" });
const GRPC = route("emojivoto", "west-grpc", ["web-svc-west", "web-svc-east"], { kind: "GRPCRoute", apex: "web-svc-west" });
const GRPC_SPLIT = route("emojivoto", "west", ["web-svc-west", "web-svc-east"], { apex: "web-svc-west" });

/** Each recording gets its own time: `after` is the end of a window, `before` (or nothing) its beginning, of one client's proxy. */
const STORIES: readonly (readonly [after: string, before?: string])[] = [
  ["multicluster-trafficsplit"],
  ["multicluster-httproute"],
  ["multicluster-remote-500", "multicluster-trafficsplit"],
  ["multicluster-remote-without-endpoints", "multicluster-remote-500"],
  ["grpc-default-route"],
  ["grpc-grpcroute"],
  ["grpc-trafficsplit"],
  ["port-8080"],
  ["response-timeout"],
  ["request-timeout"],
  ["retries"],
  ["missing-backend"],
  ["trafficsplit-hung", "trafficsplit-before-hung"],
  ["httproute-hung", "httproute-before-hung"],
];
/** The time at which one client follows a TrafficSplit and another an HTTPRoute of the same Services. */
const MIXED_MS = endOf(STORIES.length);

const tools = realTools("prometheus", "promtool");

let servers: ServerGroup | null = null;
let url: string;

describe.skipIf(tools.absent)(`${tools.title("metrics recorded from single proxies")}`, () => {
  beforeAll(async () => {
    servers = openServerGroup("expositions");
    url = await startOnSeries(servers, seriesOf(clients()));
  });
  afterAll(() => servers?.stop());

  describe("leaves of every multicluster mode, by authority", () => {
    it("as TrafficSplit: requests to the flat mirror or the federated Service do not count for the local primary", async () => {
      const { leaves, apexes } = await requestsOf("multicluster-trafficsplit", SPLIT);
      expect(rounded(leaves)).toEqual({
        "web-svc": [195, 0],
        "web-svc-flat": [160, 0],
        "web-svc-gw": [203, 0],
        "web-svc-federated": [194, 0],
      });
      expect(rounded(apexes)).toEqual({ "web-svc": [752, 0] });
    });

    it("as HTTPRoute: the same", async () => {
      const { leaves, routes } = await requestsOf("multicluster-httproute", HTTP);
      expect(rounded(leaves)).toEqual({
        "web-svc": [156, 0],
        "web-svc-flat": [128, 0],
        "web-svc-gw": [158, 0],
        "web-svc-federated": [160, 0],
      });
      expect(rounded(routes)).toEqual({ "HTTPRoute/emojivoto/web-failover": [602, 0] });
    });

    it("failures of a remote behind a live gateway count for the mirror and for the federated Service", async () => {
      const { leaves, apexes } = await requestsOf("multicluster-remote-500", SPLIT);
      expect(rounded(leaves)).toEqual({
        "web-svc": [77, 0],
        "web-svc-flat": [76, 0],
        "web-svc-gw": [85, 84],
        "web-svc-federated": [67, 21],
      });
      expect(rounded(apexes)).toEqual({ "web-svc": [305, 105] });
    });

    it("the leaf counts the 503 and 504 of a gateway whose remote has no endpoints", async () => {
      const { leaves, apexes } = await requestsOf("multicluster-remote-without-endpoints", SPLIT);
      expect(rounded(leaves)["web-svc-gw"]).toEqual([106, 105]);
      expect(rounded(apexes)).toEqual({ "web-svc": [405, 105] });
    });
  });

  describe("gRPC", () => {
    it.each([
      ["grpc-default-route", GRPC],
      ["grpc-grpcroute", GRPC],
      ["grpc-trafficsplit", GRPC_SPLIT],
    ])("%s: the leaf's classification is right on every path", async (story, about) => {
      expect(rounded((await requestsOf(story, about)).leaves)["web-svc-west"]).toEqual([42, 21]);
    });

    it("a GRPCRoute counts the same failures; Prometheus keeps one of its two equal series", async () => {
      expect(rounded((await requestsOf("grpc-grpcroute", GRPC)).routes)).toEqual({ "GRPCRoute/emojivoto/west-grpc": [39, 21] });
      expect(rounded((await requestsOf("grpc-default-route", GRPC)).routes)).toEqual({});
    });

    it("an apex counts the same failures", async () => {
      expect(rounded((await requestsOf("grpc-trafficsplit", GRPC_SPLIT)).apexes)).toEqual({ "web-svc-west": [42, 21] });
    });
  });

  describe("no answer", () => {
    it("a hung app appears only in the count of requests, not in any count of responses", async () => {
      const { leaves } = await requestsOf("trafficsplit-hung", SPLIT);
      expect(rounded(leaves)).toEqual({ "web-svc": [1, 0] });
      expect(await unansweredOf("trafficsplit-hung", SPLIT)).toEqual({ "web-svc": [654, 653] });
    });

    it("the same behind an HTTPRoute: the route counts no responses either", async () => {
      const about = route("emojivoto", "web-failover", ["web-svc", "web-svc-east"], { kind: "HTTPRoute", apex: "web-svc" });
      expect(rounded((await requestsOf("httproute-hung", about)).routes)).toEqual({ "HTTPRoute/emojivoto/web-failover": [2, 0] });
      expect(await unansweredOf("httproute-hung", about)).toEqual({ "web-svc": [757, 755], "web-svc-east": [0, 0] });
    });

    it.each([
      ["response-timeout", [701, 451], [703, 451]],
      ["request-timeout", [1360, 856], [1362, 856]],
    ])("with a %s the leaf counts every failure that the route counts", async (story, leaf, byRoute) => {
      const { leaves, routes } = await requestsOf(story, HTTP);
      expect(rounded(leaves)["web-svc"]).toEqual(leaf);
      expect(rounded(routes)).toEqual({ "HTTPRoute/emojivoto/web-failover": byRoute });
    });
  });

  it("a Service on port 8080 is matched by its name", async () => {
    const about = route("emojivoto", "alt", ["web-svc-alt", "web-svc-east"]);
    expect(rounded((await requestsOf("port-8080", about)).leaves)).toEqual({ "web-svc-alt": [1, 0] });
  });

  it("retries: the route counts what the client saw, the leaf every attempt", async () => {
    const about = route("emojivoto", "web-failover", ["web-svc", "web-svc-east"], { kind: "HTTPRoute", apex: "web-svc" });
    const { leaves, routes } = await requestsOf("retries", about);
    expect(rounded(leaves)).toEqual({ "web-svc": [341, 275], "web-svc-east": [399, 0] });
    expect(rounded(routes)).toEqual({ "HTTPRoute/emojivoto/web-failover": [552, 87] });
  });

  it("requests to a backend without a Service fail at the route only", async () => {
    const { leaves, routes } = await requestsOf("missing-backend", HTTP);
    expect(rounded(leaves)).toEqual({ "web-svc": [152, 0] });
    expect(rounded(routes)).toEqual({ "HTTPRoute/emojivoto/web-failover": [302, 150] });
  });

  it("adds up the clients of a TrafficSplit and of an HTTPRoute", async () => {
    const { leaves, apexes, routes } = await requestsAt(url, [SPLIT, HTTP], WINDOW_MS, MIXED_MS);
    expect(rounded(leaves)).toEqual({
      "web-svc": [351, 0],
      "web-svc-flat": [288, 0],
      "web-svc-gw": [361, 0],
      "web-svc-federated": [354, 0],
    });
    expect(rounded(apexes)).toEqual({ "web-svc": [752, 0] });
    expect(rounded(routes)).toEqual({ "HTTPRoute/emojivoto/web-failover": [602, 0] });
  });
});

function clients(): Record<string, readonly Moment[]> {
  const mixed = ["multicluster-trafficsplit", "multicluster-httproute"] as const;
  return {
    client: STORIES.flatMap(([after, before], i) => story(after, before, endOf(i))),
    ...Object.fromEntries(mixed.map((name) => [name, story(name, undefined, MIXED_MS)])),
  };
}

/** One scrape just before the window, one at its beginning and one at its end, so that the difference counts completely. */
function story(after: string, before: string | undefined, endMs: number): readonly Moment[] {
  const end = recordedMoment(after, endMs);
  const begin = before === undefined ? uncounted(end, endMs) : recordedMoment(before, endMs);
  return [{ ...begin, atMs: endMs - WINDOW_MS - 1_000 }, { ...begin, atMs: endMs - WINDOW_MS + 1 }, end];
}

function endOf(index: number): number {
  return BEGIN_MS + index * STORY_MS;
}

function timeOf(after: string): number {
  return endOf(STORIES.findIndex(([name]) => name === after));
}

function requestsOf(after: string, about: Route): Promise<RequestCounts> {
  return requestsAt(url, [about], WINDOW_MS, timeOf(after));
}

async function unansweredOf(after: string, about: Route) {
  const { unanswered } = await askAt(url, [about], { unanswered: [WINDOW_MS] }, timeOf(after));
  return rounded(answered(unanswered.get(WINDOW_MS)));
}

/** Total and failures, rounded, by Service without the namespace. */
function rounded(counts: ReadonlyMap<string, Counts>): Record<string, readonly [total: number, failures: number]> {
  const pairs = [...counts].map(([name, { total, failures }]) => [
    name.replace(/^emojivoto\//, ""),
    [Math.round(total), Math.round(failures)],
  ]);
  return Object.fromEntries(pairs) as Record<string, readonly [number, number]>;
}

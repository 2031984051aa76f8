import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Counts, RequestCounts } from "../../src/evaluator/model/observation.ts";
import { openWire, type Wire } from "../kube/wire.ts";
import { route } from "../observer/fakeCodec.ts";
import { requestsAt } from "./askAt.ts";
import { realTools } from "./harness/realTools.ts";
import { openServerGroup, type ServerGroup } from "./harness/serverProcess.ts";
import { startOnSeries } from "./recordedPrometheus.ts";
import { type Proxy, scrapesOf } from "./scrapedProxies.ts";

const AT_MS = Date.parse("2026-01-02T12:00:00Z");
const WINDOW_MS = 30_000;
const tools = realTools("prometheus", "promtool");

/** A counter that grows by 5 a second until `atS` seconds before the end. */
const growing = (from: number) => (beforeS: number) => from + 5 * (1_000 - beforeS);
const still = (value: number) => () => value;

/** One story of scrapes, its namespace, and what must be counted in the last 30 seconds. */
interface Case {
  readonly title: string;
  readonly namespace: string;
  readonly proxies: readonly Proxy[];
  /** What a steady client counts between two scrapes 30 s apart is 150. */
  readonly total: readonly [least: number, most: number];
  readonly failures: number;
  /** Proxies never drop what they count by route. */
  readonly onlySplits?: true;
}

const OLD = { good: growing(100_000), bad: still(5_000) };
const YOUNG_S = 12;

const CASES: readonly Case[] = [
  { title: "a steady client", namespace: "steady", proxies: [{ ...OLD }], total: [145, 155], failures: 0 },
  {
    title: "a client whose pod was relabelled 15 s ago",
    namespace: "relabelled",
    proxies: [
      { ...OLD, labels: { version: "1" }, untilS: 15 },
      { ...OLD, labels: { version: "2" }, sinceS: 15 },
    ],
    total: [145, 155],
    failures: 0,
  },
  {
    title: "a client whose job was renamed 15 s ago",
    namespace: "renamed",
    proxies: [
      { ...OLD, job: "old", untilS: 15 },
      { ...OLD, job: "new", sinceS: 15 },
    ],
    total: [145, 155],
    failures: 0,
  },
  {
    title: "a client that two jobs scrape",
    namespace: "two-jobs",
    proxies: [
      { ...OLD, job: "a" },
      { ...OLD, job: "b" },
    ],
    total: [145, 155],
    failures: 0,
  },
  {
    title: "a client whose second job came 15 s ago",
    namespace: "second-job",
    proxies: [
      { ...OLD, job: "a" },
      { ...OLD, job: "b", sinceS: 15 },
    ],
    total: [145, 155],
    failures: 0,
  },
  {
    title: "a burst between the start of the window and its first scrape",
    namespace: "early-burst",
    proxies: [{ good: (beforeS) => (beforeS > 25 ? 1_000 : 1_040), bad: (beforeS) => (beforeS > 25 ? null : 60) }],
    total: [100, 100],
    failures: 60,
  },
  {
    title: "a burst before the last scrape",
    namespace: "late-burst",
    proxies: [{ good: (beforeS) => (beforeS > 5 ? 1_000 : 1_040), bad: (beforeS) => (beforeS > 5 ? null : 60) }],
    total: [100, 100],
    failures: 60,
  },
  {
    title: "a client in the answers of two replicas",
    namespace: "replicas",
    proxies: [
      { ...OLD, labels: { prometheus_replica: "a" } },
      { ...OLD, labels: { prometheus_replica: "b" } },
    ],
    total: [145, 155],
    failures: 0,
  },
  {
    title: "first failures, all in one scrape",
    namespace: "first-failures",
    proxies: [{ good: growing(100_000), bad: (beforeS) => (beforeS > 5 ? null : 151) }],
    total: [295, 310],
    failures: 151,
  },
  {
    title: "first failures in the scrape of a relabelling",
    namespace: "first-relabelled",
    proxies: [
      { ...OLD, bad: () => null, labels: { version: "1" }, untilS: 5 },
      { ...OLD, bad: still(151), labels: { version: "2" }, sinceS: 5 },
    ],
    total: [295, 310],
    failures: 151,
  },
  {
    title: "a new pod that shows 40 good requests and 7 failures",
    namespace: "new-pod",
    proxies: [{ good: still(40), bad: still(7), startedS: YOUNG_S, sinceS: YOUNG_S }],
    total: [47, 47],
    failures: 7,
  },
  {
    title: "a proxy that restarted and counts anew",
    namespace: "restarted",
    proxies: [
      { ...OLD, untilS: YOUNG_S },
      {
        good: still(40), // Imported series have no end, so the old failures need a new value.
        bad: still(0),
        startedS: YOUNG_S,
        sinceS: YOUNG_S,
      },
    ],
    total: [35, 155],
    failures: 0,
  },
  {
    title: "a client that dropped the series of an endpoint which has been idle",
    namespace: "dropped",
    onlySplits: true,
    proxies: [{ good: growing(100_000), bad: (beforeS) => (beforeS > 15 ? 5_000 : null) }],
    total: [95, 155],
    failures: 0,
  },
  {
    title: "a client that dropped a series and began it anew with 9",
    namespace: "anew",
    onlySplits: true,
    proxies: [{ good: growing(100_000), bad: (beforeS) => (beforeS > 15 ? 5_000 : beforeS > 5 ? null : 9) }],
    total: [104, 164],
    failures: 9,
  },
];

/** Imported series have no end, so their last value must not count for longer than until the next scrape. */
const LOOKBACK = "--query.lookback-delta=12s";

let servers: ServerGroup | null = null;

/** The third is a server that has everything, but answers for one moment only. */
describe.each(["kept", "lost", "kept, and there are no ranges,"] as const)("counters, where the proxies' start is %s", (clock) => {
  describe.skipIf(tools.absent)(`${tools.title("in a real Prometheus")}`, () => {
    let url: string;
    let closeDoor = async (): Promise<void> => {};

    beforeAll(async () => {
      servers = openServerGroup(`counting-${clock}`);
      const proxies = CASES.flatMap(({ namespace, proxies: own }) => own.map((proxy) => ({ ...proxy, namespace })));
      url = await startOnSeries(servers, scrapesOf(proxies, AT_MS, clock !== "lost"), [LOOKBACK]);
      if (clock === "kept" || clock === "lost") return;
      const door = await withoutRanges(url);
      url = door.url;
      closeDoor = door.close;
    });
    afterAll(async () => {
      await closeDoor();
      await servers?.stop();
    });

    it.each(CASES.map((own) => [own.title, own] as const))(
      "count %s, on both paths",
      async (_, { namespace, total, failures, onlySplits }) => {
        const counted = await requestsAt(
          url,
          [route(namespace, "web", ["web", "east"], { kind: "HTTPRoute", apex: "web" }), route(namespace, "web", ["web", "east"])],
          WINDOW_MS,
          AT_MS,
        );
        // Without a clock a new proxy or a client's first series counts from its second scrape.
        const isBlind = clock === "lost" && (namespace === "new-pod" || namespace === "restarted");
        for (const [path, counts] of bothPaths(counted, namespace)) {
          if (onlySplits === true && path !== "TrafficSplit") continue;
          if (isBlind) {
            expect([path, counts?.failures ?? 0]).toEqual([path, 0]);
            continue;
          }
          expect([path, Math.round(counts?.failures ?? 0)]).toEqual([path, failures]);
          expect(counts?.total).toBeGreaterThanOrEqual(total[0] - 0.5);
          expect(counts?.total).toBeLessThanOrEqual(total[1] + 0.5);
          // Of a steady proxy two scrapes are subtracted.
          if (clock === "kept" && namespace === "steady") expect([path, counts?.total]).toEqual([path, 150]);
          if (clock === "kept" && namespace === "first-failures") expect([path, counts?.total]).toEqual([path, 301]);
        }
      },
    );
  });
});

/** Answers as the given server, but for ranges. */
async function withoutRanges(to: string): Promise<Wire & { close(): Promise<void> }> {
  const wire = await openWire(async (request, response) => {
    const url = request.url ?? "";
    if (url.includes("query_range")) return response.writeHead(404).end("no ranges");
    const pieces: Uint8Array[] = [];
    for await (const piece of request) pieces.push(piece);
    const headers = { "content-type": request.headers["content-type"] ?? "" };
    const answer = await fetch(`${to}${url}`, { method: "POST", headers, body: Buffer.concat(pieces) });
    return response.writeHead(answer.status).end(await answer.text());
  });
  return { ...wire, close: async () => wire[Symbol.asyncDispose]() };
}

function bothPaths({ backends, leaves }: RequestCounts, namespace: string): readonly (readonly [string, Counts | undefined])[] {
  return [
    ["HTTPRoute", backends?.get(`HTTPRoute/${namespace}/web`)?.get(`${namespace}/web`)],
    ["TrafficSplit", leaves.get(`${namespace}/web`)],
  ];
}

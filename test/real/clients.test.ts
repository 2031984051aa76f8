import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClientCounts, Counts } from "../../src/evaluator/model/observation.ts";
import { clientsAt } from "../../src/observer/clientReader.ts";
import { createPrometheusClient } from "../../src/observer/prometheus.ts";
import type { Route } from "../../src/routes/route.ts";
import { route } from "../observer/fakeCodec.ts";
import { answered } from "./askAt.ts";
import { realTools } from "./harness/realTools.ts";
import { openServerGroup, type ServerGroup } from "./harness/serverProcess.ts";
import { startOnSeries } from "./recordedPrometheus.ts";
import { type ScrapedProxy, scrapesOf } from "./scrapedProxies.ts";

const AT_MS = Date.parse("2026-01-02T12:00:00Z");
const WINDOW_MS = 30_000;
const tools = realTools("prometheus", "promtool");

/** A counter that grows by 5 a second until the end. */
const growing = (from: number) => (beforeS: number) => from + 5 * (1_000 - beforeS);
const still = (value: number) => () => value;

const client = (pod: string, rest: Partial<ScrapedProxy> = {}): ScrapedProxy => ({
  namespace: "shop",
  good: growing(100_000),
  bad: still(5_000),
  ...rest,
  labels: { pod, instance: `${pod}:4191`, namespace: "front", ...rest.labels },
});

const PROXIES: readonly ScrapedProxy[] = [
  client("well"),
  client("poison", { good: still(100_000), bad: growing(5_000) }),
  // Relabelled 15 s ago, with a second job, and in two replicas: each is one client that counts nothing of its past.
  client("relabelled", { labels: { version: "1" }, untilS: 15 }),
  client("relabelled", { labels: { version: "2" }, sinceS: 15 }),
  client("twice", { job: "a" }),
  client("twice", { job: "b", sinceS: 15 }),
  client("replicas", { labels: { prometheus_replica: "a" } }),
  client("replicas", { labels: { prometheus_replica: "b" } }),
  client("moved", { labels: { namespace: "back" }, untilS: 15 }),
  client("moved", { sinceS: 15 }),
  client("elsewhere", { namespace: "bank" }),
];

let servers: ServerGroup | null = null;

describe.each(["kept", "lost"] as const)("clients, where the proxies' start is %s", (clock) => {
  describe.skipIf(tools.absent)(`${tools.title("in a real Prometheus")}`, () => {
    let url: string;

    beforeAll(async () => {
      servers = openServerGroup(`clients-${clock}`);
      url = await startOnSeries(servers, scrapesOf(PROXIES, AT_MS, clock === "kept"));
    });
    afterAll(() => servers?.stop());

    const byClient = async (own: Route): Promise<ClientCounts["byClient"]> => {
      const prometheus = createPrometheusClient({ url, auth: { kind: "none" }, intervalMs: 10_000 });
      const kept = { clock, leavesBy: "dst_namespace", twoMoments: true, tellsSteady: clock === "kept" } as const;
      const answers = await clientsAt(prometheus, [own], new Map([[own.key, { windowMs: WINDOW_MS }]]), kept, AT_MS);
      return answered(answers.get(own.key)).byClient;
    };

    it.each([
      ["HTTPRoute", route("shop", "web", ["web", "east"], { kind: "HTTPRoute" })],
      ["TrafficSplit", route("shop", "web", ["web", "east"])],
    ] as const)("count each for itself: %s", async (_, own) => {
      const clients = await byClient(own);
      expect([...clients.keys()].toSorted()).toEqual(
        ["moved", "poison", "relabelled", "replicas", "twice", "well"].map((pod) => `front/${pod}`),
      );
      for (const [name, requests] of clients) {
        const counts: Counts | undefined =
          own.kind === "TrafficSplit" ? requests.leaves.get("shop/web") : requests.backends?.get(own.key)?.get("shop/web");
        const total = Math.round(counts?.total ?? 0);
        expect([name, Math.round(counts?.failures ?? 0)]).toEqual([name, name === "front/poison" ? total : 0]);
        expect([name, total > 65 && total < 156, total]).toEqual([name, true, total]);
      }
    });
  });
});

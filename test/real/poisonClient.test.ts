import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loneClientText } from "../../src/evaluator/explain/changes.ts";
import type { Endpoints } from "../../src/evaluator/model/observation.ts";
import { initialState } from "../../src/evaluator/model/state.ts";
import { suspectsOf } from "../../src/evaluator/model/suspects.ts";
import { step } from "../../src/evaluator/step.ts";
import { clientsAt } from "../../src/observer/clientReader.ts";
import { type Kept, keptAt, NOTHING_KNOWN } from "../../src/observer/kept.ts";
import { MetricsReader } from "../../src/observer/metricsReader.ts";
import { createPrometheusClient, type PrometheusClient } from "../../src/observer/prometheus.ts";
import type { Route } from "../../src/routes/route.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { questionsOf } from "../../src/rules/questions.ts";
import { recordedAt } from "./evidence/recordedRoute.ts";
import { realTools } from "./harness/realTools.ts";
import { openServerGroup, type ServerGroup } from "./harness/serverProcess.ts";
import { startOnSeries } from "./recordedPrometheus.ts";
import { type ScrapedProxy, scrapesOf } from "./scrapedProxies.ts";

const AT_MS = Date.parse("2026-01-02T12:00:00Z");
const INTERVAL_MS = 5_000;
/** Failures begin so long before the end. */
const BEGAN_S = 50;
const READY: Endpoints = { state: "counted", ready: 2, notReady: 0 };
const tools = realTools("prometheus", "promtool");

/** How a scrape configuration names a client, and how it is told then. */
const NAMINGS = {
  pod: [(pod: string) => ({ pod, namespace: "front" }), "front/poison"],
  "kubernetes-pod-name": [(pod: string) => ({ pod: "", kubernetes_pod_name: pod, kubernetes_namespace: "front" }), "front/poison"],
  instance: [() => ({ pod: "" }), ""],
} as const;

const CASES = Object.entries(NAMINGS).flatMap(([naming, [labelsOf, name]]) =>
  ([2, 3, 40] as const).map((clients) => ({
    naming,
    clients,
    labelsOf,
    name: name || `poison.${naming}-${clients}:4191`,
    namespace: `${naming}-${clients}`,
  })),
);

/** Clients of one Service, of which one fails as many requests as a quarter of all the others send. */
function fleet({ clients, labelsOf, namespace }: (typeof CASES)[number]): readonly ScrapedProxy[] {
  const perS = 10;
  return Array.from({ length: clients }, (_, i) => {
    const pod = i === 0 ? "poison" : `well-${i}`;
    const failingPerS = (perS * (clients - 1)) / 4;
    return {
      namespace,
      good: (beforeS: number) => 100_000 + (i === 0 ? 0 : perS * (1_000 - beforeS)),
      bad: (beforeS: number) => (i === 0 ? 50 + failingPerS * Math.max(0, BEGAN_S - beforeS) : null),
      labels: { instance: `${pod}.${namespace}:4191`, ...labelsOf(pod) },
    };
  });
}

let servers: ServerGroup | null = null;

describe.each(["kept", "lost"] as const)("one client that fails alone, where the proxies' start is %s", (clock) => {
  describe.skipIf(tools.absent)(`${tools.title("in a real Prometheus")}`, () => {
    let url: string;

    beforeAll(async () => {
      servers = openServerGroup(`poison-client-${clock}`);
      url = await startOnSeries(servers, scrapesOf(CASES.flatMap(fleet), AT_MS, clock === "kept"));
    });
    afterAll(() => servers?.stop());

    /** The brakes that held the route, whom they name, and the weights it got. */
    async function play(own: Route) {
      const prometheus = createPrometheusClient({ url, auth: { kind: "none" }, intervalMs: 10_000 });
      const reader = new MetricsReader(prometheus, INTERVAL_MS);
      const subjects = { routes: [own], clusters: new Map(), linked: new Map() };
      const endpoints = new Map(["web", "east"].map((backend) => [`${own.namespace}/${backend}`, READY] as const));
      let state = initialState(INTERVAL_MS, "test");
      const brakes = new Set<string>();
      const moves: unknown[] = [];
      let told: string | null = null;
      for (let atMs = AT_MS - 60_000; atMs <= AT_MS; atMs += INTERVAL_MS) {
        const counted = await reader.ask(subjects, { ...questionsOf(DEFAULT_RULES), gateway: false }, atMs, atMs);
        // A controller asks beside its ticks, and has seconds until the next one. Here there is no time between them.
        const suspects = suspectsOf(state);
        const clients = suspects.size === 0 ? undefined : await clientsAt(prometheus, [own], suspects, await keptAtEnd(prometheus), atMs);
        const metrics = { ...counted, ...(clients === undefined ? {} : { clients }) };
        const next = step(state, { routes: [own], endpoints, metrics, clusters: new Map() }, DEFAULT_RULES, atMs);
        for (const { splits } of next.decisions) moves.push(splits[0]?.after);
        state = next.state;
        const after = state.routes.get(own.key);
        for (const brake of after?.brakes ?? []) brakes.add(brake);
        if (after !== undefined) told = loneClientText(after) ?? told;
      }
      // No decision is written here, so the first one is made again at each tick.
      return { brakes: [...brakes], told, moves: moves.slice(0, 1) };
    }

    it.each(CASES.flatMap((own) => (["TrafficSplit", "HTTPRoute"] as const).map((kind) => ({ kind, ...own }))))(
      "of $clients clients that are known by $naming moves a $kind only if there are two",
      async ({ kind, clients, namespace, name }) => {
        const recorded = { kind, namespace, name: "web", apex: "web", primary: "web", standby: "east" } as const;
        const played = await play(recordedAt(recorded, [], AT_MS));
        if (clients === 2) expect(played).toEqual({ brakes: [], told: null, moves: [{ web: 0, east: 100 }] });
        else
          expect(played).toEqual({ brakes: ["oneClient"], told: expect.stringContaining(`only client ${name} sees failures`), moves: [] });
      },
    );
  });
});

async function keptAtEnd(prometheus: PrometheusClient): Promise<Kept> {
  return (await keptAt(prometheus, AT_MS)) ?? NOTHING_KNOWN;
}

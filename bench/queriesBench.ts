import { loadavg } from "node:os";
import type { ProxyClock } from "../src/linkerd/increase.ts";
import { whole } from "../src/linkerd/slices.ts";
import { askedRoutes } from "../src/observer/askedRoutes.ts";
import { Inquiry } from "../src/observer/inquiry.ts";
import { createPrometheusClient, type PrometheusClient } from "../src/observer/prometheus.ts";
import { readAnswer } from "../src/observer/readAnswer.ts";
import type { Route } from "../src/routes/route.ts";
import { route } from "../test/observer/fakeCodec.ts";
import { openServerGroup } from "../test/real/harness/serverProcess.ts";
import { startMeshPrometheus } from "./meshPrometheus.ts";
import { type MeshPath, meshSeries } from "./meshSeries.ts";
import { cpuMs } from "./processUsage.ts";
import { median } from "./statistics.ts";

const ROUTES = 5_000;
const WINDOW_MS = 30_000;
const TIMES = 5;
const QUERY_TIME_LIMIT_MS = 120_000;
const END_MS = Date.parse("2026-01-02T11:30:00Z");
/** The plain queries of the families that were read before there were counts by route and backend. */
const PLAIN: Readonly<Record<MeshPath, readonly string[]>> = {
  HTTPRoute: [
    `sum by (authority, dst_service, dst_namespace, classification) (increase(response_total{direction="outbound"}[30s]))`,
    `sum by (route_group, route_kind, route_namespace, route_name, http_status, error) (increase(outbound_http_route_request_statuses_total{route_kind="HTTPRoute"}[30s]))`,
  ],
  TrafficSplit: [
    `sum by (authority, dst_service, dst_namespace, classification) (increase(response_total{direction="outbound"}[30s]))`,
    `sum by (dst, classification) (increase(route_response_total{direction="outbound"}[30s]))`,
  ],
};

/** The CPU that a real Prometheus needs for all queries of one tick, beside that of plain `increase` queries. */
export async function benchQueries(args: readonly string[]): Promise<void> {
  const count = routesWanted(args);
  for (const kind of ["HTTPRoute", "TrafficSplit"] as const) await benchPath(kind, count);
}

/** `--routes N`. */
function routesWanted(args: readonly string[]): number {
  const at = args.indexOf("--routes");
  const count = at < 0 ? ROUTES : Number(args[at + 1]);
  if (!Number.isInteger(count) || count < 1) throw new Error("--routes wants a number of routes, as --routes 1000");
  return count;
}

async function benchPath(kind: MeshPath, count: number): Promise<void> {
  const servers = openServerGroup("queries-bench");
  try {
    const { url, pid } = await startMeshPrometheus(servers, meshSeries(kind, count, END_MS));
    const prometheus = patientClient(url);
    const routes = Array.from({ length: count }, (_, i) => routeOf(kind, i));
    const costs = { tick: [] as number[], plain: [] as number[] };
    // The first round fills Prometheus's caches. The two take turns, so that the machine's other load is the same for both.
    for (let round = 0; round <= TIMES; round++) {
      const tick = await costOf(pid, () => askTick(prometheus, routes, "kept"));
      const plain = await costOf(pid, () => Promise.all(PLAIN[kind].map((query) => answeredBy(prometheus, query))));
      if (round > 0) costs.tick.push(tick);
      if (round > 0) costs.plain.push(plain);
    }
    const [tick, plain] = [median(costs.tick), median(costs.plain)];
    const load = loadavg()[0] ?? Number.NaN;
    console.log(`${count} ${kind}s × 3 backends × 2 clients, medians of ${TIMES}, load ${load.toFixed(1)} (bound: 1.3 ×)`);
    console.log(
      `  all queries of a tick ${tick.toFixed(0)} ms CPU (${spread(costs.tick)}), plain increase ${plain.toFixed(0)} ms (${spread(costs.plain)})`,
    );
    console.log(`  ratio ${(tick / plain).toFixed(2)}`);
    for (const [name, cost] of await costsOfQueries(prometheus, routes, pid)) console.log(`    ${name}: ${cost.toFixed(0)} ms`);
  } finally {
    await servers.stop();
  }
}

/** A client that waits for an answer for longer than the controller does: here the cost is measured, on whatever machine. */
function patientClient(url: string): PrometheusClient {
  const client = createPrometheusClient({ url, auth: { kind: "none" }, intervalMs: QUERY_TIME_LIMIT_MS });
  const query: PrometheusClient["query"] = async (text, atMs = END_MS, spanMs = 0) => {
    const end = String(atMs / 1_000);
    const [path, times] =
      spanMs === 0
        ? ["query", { time: end }]
        : ["query_range", { start: String((atMs - spanMs) / 1_000), end, step: String(spanMs / 1_000) }];
    const body = new URLSearchParams({ query: text, ...times });
    const signal = AbortSignal.timeout(QUERY_TIME_LIMIT_MS);
    const response = await fetch(`${url}/api/v1/${path}`, { method: "POST", body, signal });
    if (!response.ok || response.body === null) throw new Error(await response.text());
    const moments = spanMs === 0 ? null : { nowMs: atMs, beforeMs: atMs - spanMs };
    const { samples } = await readAnswer(response.body, { moments, enterLarge: async () => () => {} });
    return { ok: true, samples, partial: null };
  };
  return { ...client, query };
}

/** What a tick asks for the success rate. */
async function askTick(prometheus: PrometheusClient, routes: readonly Route[], clock: ProxyClock): Promise<void> {
  const answer = await new Inquiry(
    prometheus,
    whole(askedRoutes(routes, new Set())),
    { clock, leavesBy: "dst_namespace", twoMoments: true, tellsSteady: true },
    END_MS,
  ).requests(WINDOW_MS);
  if (answer.state !== "answered" || (answer.value.failed?.size ?? 0) > 0)
    throw new Error(JSON.stringify(answer.state === "answered" ? [...(answer.value.failed ?? [])] : answer));
}

/** The median cost of each query of a tick alone. */
async function costsOfQueries(
  prometheus: PrometheusClient,
  routes: readonly Route[],
  pid: number,
): Promise<readonly (readonly [string, number])[]> {
  const queries = new Map<string, number | undefined>();
  const spy: PrometheusClient = {
    ...prometheus,
    query: async (text, atMs, spanMs) => {
      queries.set(text, spanMs);
      return prometheus.query(text, atMs, spanMs);
    },
  };
  await askTick(spy, routes, "kept");
  const costs: [string, number][] = [];
  for (const [query, spanMs] of queries) {
    const each: number[] = [];
    for (let i = 0; i < TIMES; i++) each.push(await costOf(pid, () => answeredBy(prometheus, query, spanMs)));
    const family = /(outbound_[a-z_]+|[a-z_]*response_total)\{([^}]*)/.exec(query);
    costs.push([`${family?.[1] ?? "who has changed"}${family?.[2]?.includes("grpc_status") === true ? " of gRPC" : ""}`, median(each)]);
  }
  return costs;
}

async function answeredBy(prometheus: PrometheusClient, query: string, spanMs?: number): Promise<void> {
  const answer = await prometheus.query(query, END_MS, spanMs);
  if (!answer.ok) throw new Error(answer.why);
}

async function costOf(pid: number, ask: () => Promise<unknown>): Promise<number> {
  const beforeMs = cpuMs(pid);
  await ask();
  return cpuMs(pid) - beforeMs;
}

function spread(costs: readonly number[]): string {
  return `${Math.min(...costs).toFixed(0)} to ${Math.max(...costs).toFixed(0)}`;
}

function routeOf(kind: MeshPath, i: number): Route {
  const backends = ["a", "b", "c"].map((suffix) => `svc-${i}-${suffix}`);
  return route("bench", `route-${i}`, backends, { kind, apex: `svc-${i}-a` });
}

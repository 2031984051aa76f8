import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { parse, stringify } from "yaml";
import type { Sample } from "../src/linkerd/counts.ts";
import { MetricsReader } from "../src/observer/metricsReader.ts";
import { createPrometheusClient, type PrometheusClient } from "../src/observer/prometheus.ts";
import { LATENCY_BOUNDS_MS } from "../src/rules/latencyBounds.ts";
import { type Rendered, render } from "../test/charts/helm.ts";
import { route } from "../test/observer/fakeCodec.ts";
import { realTool } from "../test/real/harness/realTools.ts";
import { freePort, openServerGroup } from "../test/real/harness/serverProcess.ts";
import { cpuMs, memoryMb } from "./processUsage.ts";

const PODS = [100, 500];
const MINUTES = 4;
const WARM_UP_MS = 30_000;
const START_TIME_LIMIT_MS = 60_000;
const ONE_MINUTE_MS = 60_000;
/** The chart's interval between two scrapes. */
const SCRAPE_MS = 2_000;
/** The rule of docs/fast-lane.md, and its tick. */
const WINDOW_MS = 6_000;
const TICK_MS = 1_000;
/** HTTPRoutes that each pod calls. */
const ROUTES = 5;
/** Lines of a page, filled up by series that the fast lane drops. */
const LINES = 1_500;
const RECORDING = join(import.meta.dirname, "../test/fixtures/expositions/httproute-before-hung.txt");

/** What the chart's Prometheus costs by the number of pods: CPU and memory of its process alone. The pods' pages share the machine. */
export async function benchFastLane(args: readonly string[]): Promise<void> {
  const wanted = numberAfter(args, "--pods");
  const minutes = numberAfter(args, "--minutes") ?? MINUTES;
  for (const pods of wanted === null ? PODS : [wanted]) await benchPods(pods, minutes);
}

function numberAfter(args: readonly string[], flag: string): number | null {
  const at = args.indexOf(flag);
  if (at < 0) return null;
  const value = Number(args[at + 1]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${flag} wants a number, as ${flag} 100`);
  return value;
}

async function benchPods(pods: number, minutes: number): Promise<void> {
  const servers = openServerGroup("fast-lane-bench");
  const pages = await servePages();
  try {
    const dataDir = join(servers.folder, "data");
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const args = await chartArgs(servers.folder, dataDir, port, targets(pods, pages.port));
    const isReady = async () => (await fetch(`${url}/-/ready`).catch(() => null))?.status === 200;
    const { pid } = await servers.start("prometheus", realTool("prometheus"), args, isReady, START_TIME_LIMIT_MS);
    const clientOf = (intervalMs: number) => createPrometheusClient({ url, auth: { kind: "none" }, intervalMs });
    const client = clientOf(START_TIME_LIMIT_MS);
    await sleep(WARM_UP_MS);
    const kept = await total(client, "max(scrape_samples_post_metric_relabeling)");
    const page = `a page has ${pages.lines} series, of which ${kept} are kept`;
    console.log(`fast lane, ${pods} pods scraped every ${SCRAPE_MS / 1_000} s: ${page}; ${kept * pods} in all`);
    const scraped = `100 * sum(sum_over_time(up[1m])) / ${(pods * ONE_MINUTE_MS) / SCRAPE_MS}`;
    const done = async (): Promise<string> => `${Math.round(await total(client, scraped))} % of the scrapes`;
    await measure({ pid, dataDir, done }, minutes, "scrapes alone");
    const stopAsking = askEveryTick(clientOf(TICK_MS));
    await measure({ pid, dataDir, done }, 1, "and a tick's queries every second");
    stopAsking();
  } finally {
    pages.stop();
    await servers.stop();
  }
}

interface Measured {
  readonly pid: number;
  readonly dataDir: string;
  /** What part of the last minute's scrapes succeeded. */
  done(): Promise<string>;
}

/** CPU as a share of one core, and memory, minute by minute. */
async function measure({ pid, dataDir, done }: Measured, minutes: number, what: string): Promise<void> {
  for (let minute = 1; minute <= minutes; minute++) {
    const [fromMs, usedMs] = [performance.now(), cpuMs(pid)];
    await sleep(ONE_MINUTE_MS);
    const cores = (cpuMs(pid) - usedMs) / (performance.now() - fromMs);
    const memory = `${Math.round(memoryMb(pid, "VmRSS"))} MB, at most ${Math.round(memoryMb(pid, "VmHWM"))}`;
    const data = `${Math.round(sizeOf(dataDir) / 1e6)} MB of data`;
    console.log(
      `  ${what}, minute ${minute}: ${cores.toFixed(2)} cores, ${memory}; ${data}; ${await done()}; load ${loadavg()[0]?.toFixed(1)}`,
    );
  }
}

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  // Files are reserved larger than they are: what they take counts.
  return files.reduce((sum, { parentPath, name }) => sum + 512 * blocksOf(join(parentPath, name)), 0);
}

/** A file may be removed at any time. */
function blocksOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.blocks ?? 0;
}

/** The chart's arguments, with its configuration for these targets. */
async function chartArgs(folder: string, dataDir: string, port: number, found: readonly object[]): Promise<readonly string[]> {
  const objects = await render(["--set", "fastLane.enabled=true"]);
  const own = (kind: string): Rendered =>
    objects.find((object) => object.kind === kind && object.metadata.name.endsWith("fast-lane")) ?? fail(`the chart has no ${kind}`);
  const config = parse(own("ConfigMap")["data"]["prometheus.yml"]);
  const [proxies] = config.scrape_configs as { kubernetes_sd_configs?: unknown; static_configs?: unknown }[];
  if (proxies === undefined) throw new Error("the chart scrapes no proxies");
  delete proxies.kubernetes_sd_configs;
  proxies.static_configs = found;
  const configFile = join(folder, "prometheus.yml");
  writeFileSync(configFile, stringify({ ...config, scrape_configs: [proxies] }));
  const [container] = own("Deployment")["spec"].template.spec.containers as { args: string[] }[];
  const here = [`--config.file=${configFile}`, `--storage.tsdb.path=${dataDir}`, `--web.listen-address=127.0.0.1:${port}`];
  const replaced = here.map((arg) => arg.slice(0, arg.indexOf("=")));
  return [...(container?.args ?? []).filter((arg) => !replaced.includes(arg.slice(0, arg.indexOf("=")))), ...here, "--log.level=warn"];
}

/** Each pod has an address of its own, at one server. */
function targets(pods: number, port: number): readonly object[] {
  return Array.from({ length: pods }, (_, i) => ({
    targets: [`127.1.${Math.floor(i / 250)}.${(i % 250) + 1}:${port}`],
    labels: {
      __meta_kubernetes_pod_container_name: "linkerd-proxy",
      __meta_kubernetes_pod_container_port_name: "linkerd-admin",
      __meta_kubernetes_pod_phase: "Running",
      __meta_kubernetes_namespace: "emojivoto",
      __meta_kubernetes_pod_name: `client-${i}`,
    },
  }));
}

/** Serves a proxy's page. It is made and compressed once for all pods of an interval, as it is their own work and not Prometheus's. */
async function servePages() {
  const series = seriesOfPage();
  const startedS = Math.floor(Date.now() / 1_000);
  let page = Buffer.alloc(0);
  const make = (): void => {
    const atS = Date.now() / 1_000 - startedS;
    const lines = series.map((line, i) => `${line} ${Math.round(atS * (1 + (i % 7)))}\n`);
    page = gzipSync(`process_start_time_seconds ${startedS}\nproxy_build_info{version="v2.326.0"} 1\n${lines.join("")}`);
  };
  make();
  const timer = setInterval(make, SCRAPE_MS);
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4", "content-encoding": "gzip" }).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    lines: series.length + 2,
    stop: () => {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The recorded series for each route, with the latency histograms that the recording leaves out. */
function seriesOfPage(): readonly string[] {
  const recorded = readFileSync(RECORDING, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.slice(0, line.lastIndexOf(" ")));
  const outbound = Array.from({ length: ROUTES }, (_, i) => recorded.map((line) => line.replaceAll("web", `web-${i}`))).flat();
  const histograms = outbound.filter((line) => line.startsWith("response_total")).flatMap(histogramOf);
  const kept = [...outbound, ...histograms];
  const dropped = Array.from({ length: Math.max(0, LINES - kept.length) }, (_, i) => {
    return `tcp_read_bytes_total{direction="outbound",peer="dst",target_addr="10.77.${i >> 8}.${i & 255}:8080",tls="true",srv_name="web"}`;
  });
  return [...kept, ...dropped];
}

function histogramOf(total: string): readonly string[] {
  const labels = total.slice("response_total{".length, -1).replace(/,classification=.*$/, "");
  const failed = total.includes('classification="failure"') ? "failure" : "success";
  const bounds = [...LATENCY_BOUNDS_MS.map(String), "+Inf"];
  return [
    ...bounds.map((le) => `response_latency_ms_bucket{${labels},classification="${failed}",le="${le}"}`),
    ...["sum", "count"].map((part) => `response_latency_ms_${part}{${labels},classification="${failed}"}`),
  ];
}

/** Asks what the fast rule asks, every second, until it is stopped. */
function askEveryTick(client: PrometheusClient): () => void {
  const reader = new MetricsReader(client, TICK_MS);
  const routes = Array.from({ length: ROUTES }, (_, i) =>
    route("emojivoto", `web-${i}-failover`, [`web-${i}-svc`, `web-${i}-svc-east`], { kind: "HTTPRoute" }),
  );
  const questions = { requests: [WINDOW_MS], latency: [], unanswered: [], gateway: false, queries: () => [] };
  const subjects = { routes, clusters: new Map(), linked: new Map() };
  const timer = setInterval(() => void reader.ask(subjects, questions, performance.now()), TICK_MS);
  return () => clearInterval(timer);
}

async function total(client: PrometheusClient, promql: string): Promise<number> {
  const answer = await client.queryAside(promql);
  if (!answer.ok) throw new Error(answer.why);
  return answer.samples.reduce((sum: number, { value }: Sample) => sum + value, 0);
}

function fail(why: string): never {
  throw new Error(why);
}

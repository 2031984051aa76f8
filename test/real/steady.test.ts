import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UNTOLD_QUERY, whileSteady } from "../../src/linkerd/steady.ts";
import { askCounters } from "../../src/observer/askCounters.ts";
import { createPrometheusClient, type PrometheusClient } from "../../src/observer/prometheus.ts";
import { realTools } from "./harness/realTools.ts";
import { openServerGroup, type ServerGroup } from "./harness/serverProcess.ts";
import { startPrometheus } from "./recordedPrometheus.ts";

const WINDOW_MS = 5_000;
const FAMILY = { selector: 'response_total{direction="outbound"}', by: ["classification"], own: ["target_addr"], windowMs: WINDOW_MS };
const TIME_LIMIT_MS = 120_000;
const tools = realTools("prometheus");

/** A client's proxy that counts 10 good requests a second at each of its endpoints. */
class Proxy {
  readonly since = new Map<string, number>();
  startedS = 1_000;
  #server: Server | null = null;

  async listen(): Promise<string> {
    const server = createServer((_, response) => response.end(this.#metrics()));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  #metrics(): string {
    const count = (sinceMs: number) => Math.round((Date.now() - sinceMs) / 100);
    const leaves = [...this.since].map(
      ([address, sinceMs]) => `response_total{direction="outbound",classification="success",target_addr="${address}"} ${count(sinceMs)}\n`,
    );
    return `process_start_time_seconds ${this.startedS}\nproxy_build_info 1\n${leaves.join("")}`;
  }
}

describe.skipIf(tools.absent)(`${tools.title("proxies that a real Prometheus scrapes")}`, () => {
  const proxy = new Proxy();
  let servers: ServerGroup | null = null;
  let prometheus: PrometheusClient;

  beforeAll(async () => {
    const target = await proxy.listen();
    proxy.since.set("10.0.0.1:80", Date.now() - 1_000_000).set("10.0.0.2:80", Date.now() - 1_000_000);
    servers = openServerGroup("steady");
    const job = { job_name: "linkerd-proxy", static_configs: [{ targets: [target], labels: { pod: "client" } }] };
    const url = await startPrometheus(
      servers,
      JSON.stringify({ global: { scrape_interval: "1s", scrape_timeout: "900ms" }, scrape_configs: [job] }),
    );
    prometheus = createPrometheusClient({ url, auth: { kind: "none" }, intervalMs: 10_000 });
  }, TIME_LIMIT_MS);
  afterAll(async () => {
    proxy.close();
    await servers?.stop();
  });

  /** Whether the proxy is steady now, and how many requests are read in the window. */
  async function now() {
    const query = whileSteady(FAMILY);
    const changed = await prometheus.query(query.apart?.changed ?? "");
    const counted = await askCounters((...asked) => prometheus.query(...asked), undefined)(query);
    if (!changed.ok || !counted.ok) throw new Error("no answer");
    const total = counted.samples.reduce((sum, { value, before = 0 }) => sum + value - before, 0);
    return { isSteady: changed.samples.length === 0, total };
  }

  async function becomes(isSteady: boolean): Promise<number> {
    for (let i = 0; i < 200; i++) {
      const seen = await now();
      if (seen.isSteady === isSteady) return seen.total;
      await sleep(200);
    }
    throw new Error(`the proxy does not become ${isSteady ? "" : "un"}steady`);
  }

  it("are steady a window after what they drop, begin anew or lose, and their past never counts", { timeout: TIME_LIMIT_MS }, async () => {
    expect(await becomes(false)).toBeLessThan(200);
    expect(await becomes(true)).toBeGreaterThan(0);
    const untold = await prometheus.query(UNTOLD_QUERY);
    expect(untold.ok && untold.samples).toEqual([]);
    // An endpoint that has been idle is dropped, while a new one is called: as many series as before.
    proxy.since.delete("10.0.0.1:80");
    proxy.since.set("10.0.0.3:80", Date.now());
    expect(await becomes(false)).toBeLessThan(200);
    expect(await becomes(true)).toBeLessThan(200);
    // It begins anew.
    proxy.since.set("10.0.0.1:80", Date.now());
    expect(await becomes(true)).toBeLessThan(300);
    // The process restarts.
    proxy.startedS += 1_000;
    for (const address of proxy.since.keys()) proxy.since.set(address, Date.now());
    expect(await becomes(false)).toBeLessThan(300);
    expect(await becomes(true)).toBeLessThan(300);
  });
});

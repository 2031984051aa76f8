import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { route } from "../observer/fakeCodec.ts";
import { answered, askAt } from "./askAt.ts";
import { realTools } from "./harness/realTools.ts";
import { openServerGroup, type ServerGroup } from "./harness/serverProcess.ts";
import { startOnSeries, startPrometheus } from "./recordedPrometheus.ts";

const BEGIN_S = Date.parse("2026-11-23T00:00:00Z") / 1000;
const ROUTE = route("shop", "web", ["web", "web-east"]);
const EAST = '{target_cluster_name="east"}';
const GENEROUS = { timeout: 60_000, interval: 100 };

/** `gateway_alive` at its scrapes, in seconds from the begin, by cluster and mirror; each gateway is probed but the flat one. */
const ALIVE: Readonly<Record<string, Readonly<Record<string, Readonly<Record<number, number>>>>>> = {
  steady: { a: { 0: 1, 10: 1, 20: 1, 30: 1, 40: 1, 50: 1, 60: 1 } },
  dies: { a: { 0: 1, 10: 1, 20: 0, 30: 0, 40: 0, 50: 1, 60: 1 } },
  blinks: { a: { 0: 1, 10: 1, 20: 0, 30: 1, 40: 1, 50: 1, 60: 1 } },
  // From then on the mirror is another pod, which exports 0 until its first probe.
  moves: { a: { 0: 1 }, b: { 30: 0, 40: 1, 50: 1, 60: 1 } },
  // Two service mirrors, of which one leads; the other one does not probe, so its gauge means nothing.
  doubled: { a: { 0: 0, 10: 0, 20: 0, 30: 0, 40: 0, 50: 0, 60: 0 }, b: { 0: 1, 10: 1, 20: 1, 30: 1, 40: 1, 50: 1, 60: 1 } },
  rarely: { a: { 0: 1, 30: 0, 60: 0 } },
  // The same gauges, but these mirrors also count their failed probes. The second one has failed before, and starts again in place.
  probed: { a: { 0: 1, 10: 1, 20: 0, 30: 0, 40: 0, 50: 1, 60: 1 } },
  restarts: { a: { 0: 1, 10: 1, 20: 0, 30: 1, 40: 1, 50: 1, 60: 1 } },
  // A new mirror finds a dead gateway.
  found: { a: { 20: 0, 30: 0, 40: 0, 50: 0, 60: 0 } },
  flat: { a: { 0: 0, 10: 0, 20: 0, 30: 0, 40: 0, 50: 0, 60: 0 } },
};

/** `gateway_probes` that failed, in the same way. */
const FAILED: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  probed: { 20: 1, 30: 4, 40: 7, 50: 8, 60: 8 },
  restarts: { 0: 5, 10: 5, 20: 5, 30: 5, 40: 5, 50: 5, 60: 5 },
  found: { 30: 1, 40: 4, 50: 7, 60: 10 },
};

const tools = realTools("prometheus", "promtool");

describe.skipIf(tools.absent)(`${tools.title("gateways")}`, () => {
  describe("from their gauges", () => {
    let servers: ServerGroup | null = null;
    let url: string;
    beforeAll(async () => {
      servers = openServerGroup("gateways");
      url = await startOnSeries(servers, series());
    });
    afterAll(() => servers?.stop());

    it.each([
      ["steady", { 0: true, 19: true, 65: true }],
      ["dies", { 19: true, 20: true, 29: true, 30: false, 49: false, 50: true }],
      ["blinks", { 20: true, 29: true, 30: true, 39: true, 40: true }],
      ["moves", { 5: true, 35: true, 40: true, 55: true }],
      ["doubled", { 0: true, 15: true, 65: true }],
      ["probed", { 19: true, 20: false, 29: false, 40: false, 49: false, 50: true, 65: true }],
      ["restarts", { 19: true, 20: true, 29: true, 35: true }],
      ["found", { 25: undefined, 30: false, 45: false, 65: false }],
      ["rarely", { 29: true, 30: true, 39: true, 40: false, 59: false, 65: false }],
    ])("%s", async (cluster, expected) => {
      const seen = await Promise.all(
        Object.keys(expected).map(async (s) => [s, (await gatewaysAt(url, BEGIN_S + Number(s))).get(cluster)?.alive]),
      );
      expect(Object.fromEntries(seen)).toEqual(expected);
    });

    it("a link without a gateway is not probed, so its gauge is ignored", async () => {
      expect((await gatewaysAt(url, BEGIN_S + 45)).get("flat")).toEqual({ enabled: false, alive: false });
    });

    it("no gateway is known long after the end of the series", async () => {
      expect(await gatewaysAt(url, BEGIN_S + 3_600)).toEqual(new Map());
    });
  });

  describe("from a mirror that is scraped", () => {
    let servers: ServerGroup | null = null;
    const mirror = createServer((_request, response) => {
      response.setHeader("content-type", "text/plain").end(`gateway_alive${EAST} 0\ngateway_enabled${EAST} 1\n`);
    });
    afterAll(async () => {
      mirror.close();
      await servers?.stop();
    });

    it("unknown until the first probe is due, then dead, and unknown once the mirror is gone", async () => {
      servers = openServerGroup("gateway-scrapes");
      mirror.listen(0, "127.0.0.1");
      await once(mirror, "listening");
      const target = `127.0.0.1:${(mirror.address() as AddressInfo).port}`;
      const job = `{job_name: mirror, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{targets: ["${target}"]}]}`;
      const url = await startPrometheus(servers, `scrape_configs: [${job}]\n`);
      const gateways = () => gatewaysAt(url, Date.now() / 1000);
      await expect.poll(() => isScraped(url), GENEROUS).toBe(true);
      const seenMs = Date.now();
      expect(await gateways()).toEqual(new Map());
      await expect.poll(gateways, GENEROUS).toEqual(new Map([["east", { enabled: true, alive: false }]]));
      expect(Date.now() - seenMs).toBeGreaterThan(7_000);
      mirror.close();
      mirror.closeAllConnections();
      const goneMs = Date.now();
      await expect.poll(gateways, GENEROUS).toEqual(new Map());
      expect(Date.now() - goneMs).toBeLessThan(20_000);
    });
  });
});

function series(): string {
  const alive: string[] = [];
  const enabled: string[] = [];
  for (const [cluster, mirrors] of Object.entries(ALIVE)) {
    for (const [mirror, values] of Object.entries(mirrors)) {
      const labels = `{job="linkerd-multicluster-controller",component="controller",instance="${mirror}:9999",target_cluster_name="${cluster}"}`;
      for (const [s, value] of Object.entries(values)) {
        alive.push(`gateway_alive${labels} ${value} ${BEGIN_S + Number(s)}`);
        enabled.push(`gateway_enabled${labels} ${cluster === "flat" ? 0 : 1} ${BEGIN_S + Number(s)}`);
      }
    }
  }
  const failed = Object.entries(FAILED).flatMap(([cluster, values]) => {
    const labels = `{job="linkerd-multicluster-controller",component="controller",instance="a:9999",target_cluster_name="${cluster}",probe_successful="false"}`;
    return Object.entries(values).map(([s, value]) => `gateway_probes${labels} ${value} ${BEGIN_S + Number(s)}`);
  });
  return `# TYPE gateway_alive gauge\n${alive.join("\n")}\n# TYPE gateway_enabled gauge\n${enabled.join("\n")}\n# TYPE gateway_probes unknown\n${failed.join("\n")}\n# EOF\n`;
}

async function gatewaysAt(url: string, atS: number) {
  return answered((await askAt(url, [ROUTE], { gateway: true }, atS * 1000)).gateways);
}

async function isScraped(url: string): Promise<boolean> {
  const response = await fetch(`${url}/api/v1/query?query=gateway_alive`);
  return (await response.text()).includes("east");
}

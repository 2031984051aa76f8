import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prometheusAccess } from "../../src/cli/wiring/prometheusAccess.ts";
import type { PrometheusSettings } from "../../src/cli/wiring/prometheusSettings.ts";
import { createPrometheusClient, type PrometheusClient } from "../../src/observer/prometheus.ts";
import { hasOpenssl, makeCertificate, type Pair } from "../observer/certificates.ts";
import { type PrometheusServer, startPrometheus } from "./harness/prometheusServer.ts";
import { realTools } from "./harness/realTools.ts";

const AT_MS = Date.parse("2026-11-23T00:00:00Z");
const INTERVAL_MS = 10_000;
const AUTHORITY = "web.shop.svc.cluster.local:80";

/** Two clusters with a Service of the same name in one Prometheus: west answers well, every request of east fails. */
function twoClusters(): string {
  const line = (cluster: string, classification: string, count: number, atMs: number) => {
    const labels = `cluster="${cluster}",direction="outbound",authority="${AUTHORITY}",classification="${classification}",pod="client"`;
    return `response_total{${labels}} ${count} ${atMs / 1_000}`;
  };
  const series = [
    ["west", "success"],
    ["east", "failure"],
  ] as const;
  const lines = series.flatMap(([cluster, classification]) =>
    Array.from({ length: 13 }, (_, i) => line(cluster, classification, 1_000 + 50 * i, AT_MS - 120_000 + 10_000 * i)),
  );
  return `# TYPE response counter\n${lines.join("\n")}\n# EOF\n`;
}

const tools = realTools("prometheus", "promtool");
const skipped = tools.absent || !hasOpenssl();

describe.skipIf(skipped)(`${tools.title("a Prometheus with a CA of its own, client certificates and two clusters")}`, () => {
  let folder: string;
  let server: PrometheusServer;
  let ca: Pair;
  let me: Pair;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "prometheus-access-"));
    ca = makeCertificate(folder, "ca");
    me = makeCertificate(folder, "me", ca);
    const own = makeCertificate(folder, "server", ca);
    const recording = join(folder, "series.om");
    writeFileSync(recording, twoClusters());
    const tls = { cert_file: own.certFile, key_file: own.keyFile, client_ca_file: ca.certFile };
    server = await startPrometheus({
      recording,
      webConfig: { tls_server_config: { ...tls, client_auth_type: "RequireAndVerifyClientCert" } },
    });
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const client = (more: PrometheusSettings): PrometheusClient => {
    const access = prometheusAccess({ prometheusUrl: server.url.replace("http:", "https:"), ...more });
    if (access === null) throw new Error("no access");
    return createPrometheusClient({ ...access, intervalMs: INTERVAL_MS });
  };
  const certificate = () => ({ prometheusClientCertFile: me.certFile, prometheusClientKeyFile: me.keyFile });

  it("answers with both, and refuses without one of them", async () => {
    const both = client({ prometheusCaFile: ca.certFile, ...certificate() });
    expect(await both.query("vector(1)")).toMatchObject({ ok: true, partial: null });
    expect(await client({ prometheusCaFile: ca.certFile }).query("vector(1)")).toMatchObject({ ok: false });
    expect(await client(certificate()).query("vector(1)")).toMatchObject({ ok: false, why: expect.stringContaining("certificate") });
  });

  it.each<[string | undefined, Readonly<Record<string, number>>]>([
    [undefined, { success: 150, failure: 150 }],
    ['cluster="west"', { success: 150 }],
    ['cluster=~"ea.*",pod!=""', { failure: 150 }],
    ['cluster="north"', {}],
  ])("with the selector %s it counts %j", async (prometheusSelector, counted) => {
    const tls = { prometheusCaFile: ca.certFile, ...certificate() };
    const prometheus = client({ ...tls, ...(prometheusSelector !== undefined && { prometheusSelector }) });
    const count = async (promql: string) => {
      const answer = await prometheus.queryAside(promql, AT_MS);
      if (!answer.ok) throw new Error(answer.why);
      return Object.fromEntries(answer.samples.map(({ labels, value }) => [labels["classification"] ?? "", Math.round(value)]));
    };
    const increase = 'increase(response_total{classification!="}"}[30s] offset 5s)';
    expect(await count(`sum by (classification) (${increase})`)).toEqual(counted);
    expect(await count(`max by (classification) (max_over_time((${increase})[20s:10s])) # {}`)).toEqual(counted);
    expect(
      await count(
        '{__name__=~"response.*"} * 0 + on (pod, classification) group_left () sum by (pod, classification) (response_total) * 0',
      ),
    ).toEqual(Object.fromEntries(Object.keys(counted).map((classification) => [classification, 0])));
    const clusters = Object.keys(counted).length;
    expect(await count("count(count by (cluster) (response_total))")).toEqual(clusters === 0 ? {} : { "": clusters });
  });
});

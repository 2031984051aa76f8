import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Counts } from "../../src/evaluator/observation.ts";
import { MetricsReader } from "../../src/observer/metricsReader.ts";
import { createPrometheusClient } from "../../src/observer/prometheus.ts";
import type { Questions } from "../../src/rules/questions.ts";
import { route } from "../observer/fakeCodec.ts";
import { realTool, realTools } from "./harness/realTools.ts";
import { freePort, openServerGroup, type ServerGroup } from "./harness/serverProcess.ts";

const RECORDING = path.join(import.meta.dirname, "../fixtures/series/trafficsplit.om.gz");
const START_TIME_LIMIT_MS = 60_000;
const WINDOW_MS = 30_000;
const ROUTE = route("emojivoto", "web", ["web-svc", "web-svc-east"], { apex: "web-svc" });

const tools = realTools("prometheus", "promtool");

let servers: ServerGroup | null = null;
let reader: MetricsReader;

describe.skipIf(tools.absent)(`${tools.title("counts read from recordings of real proxies")}`, () => {
  beforeAll(async () => {
    servers = openServerGroup("recordings");
    const url = await startOnRecording(servers);
    reader = new MetricsReader(createPrometheusClient({ url, auth: { kind: "none" }, intervalMs: 10_000 }), 10_000);
  });
  afterAll(() => servers?.stop());

  it("steady: every request is the primary's, and good", async () => {
    const { primary, standby, apex } = await countsAt("23:32:04.000");
    expect(rate(primary)).toBeCloseTo(50, 0);
    expect(rate(standby)).toBeCloseTo(10, 0);
    expect([primary?.failures, standby?.failures, apex?.failures]).toEqual([0, 0, 0]);
    expect(rate(apex)).toBeCloseTo(50, 0);
  });

  it("the primary answers 500 for 30 %: its leaf says so, and the apex knows of no more failures than the leaf", async () => {
    const { primary, standby, apex } = await countsAt("23:32:54.300");
    expect(ratio(primary)).toBeCloseTo(0.7, 1);
    expect(ratio(standby)).toBe(1);
    expect(unaccounted(apex, primary)).toBeLessThan(20);
  });

  it("the first failures are seen at the first scrape after the fault, though their series has one sample", async () => {
    const { primary, apex } = await countsAt("23:32:10.000");
    expect(primary?.failures).toBe(75);
    expect(apex?.failures).toBe(75);
    expect(primary?.total).toBeGreaterThan(1_000);
  });

  it("weights 0/100: the primary's series are there and count nothing", async () => {
    const { primary, standby } = await countsAt("23:33:34.400");
    expect(primary).toEqual({ total: 0, failures: 0 });
    expect(rate(standby)).toBeCloseTo(60, 0);
    expect(ratio(standby)).toBe(1);
  });

  it("canary 10/90: a tenth of the client's requests, all good", async () => {
    const { primary, standby } = await countsAt("23:34:19.500");
    expect(rate(primary)).toBeGreaterThan(3.5);
    expect(rate(primary)).toBeLessThan(6.5);
    expect(ratio(primary)).toBe(1);
    expect(ratio(standby)).toBe(1);
  });

  it("600 ms slower: still good, since success is all that is counted", async () => {
    const { primary, apex } = await countsAt("23:35:24.700");
    expect(rate(primary)).toBeCloseTo(50, 0);
    expect(ratio(primary)).toBe(1);
    expect(ratio(apex)).toBe(1);
  });

  it("dead pods behind ready endpoints: the leaf looks perfect, only the apex counts the failures", async () => {
    const { primary, apex } = await countsAt("23:35:59.800");
    expect(ratio(primary)).toBeGreaterThan(0.95);
    expect(rate(primary)).toBeLessThan(3);
    // 25 s of the window: 971 failures until the last scrape, of a series that was born in it, and what was good before.
    expect(apex?.failures).toBeGreaterThanOrEqual(971);
    expect(ratio(apex)).toBeLessThan(0.25);
    expect(unaccounted(apex, primary)).toBeGreaterThan(0.95 * (apex?.failures ?? Number.NaN));
  });

  it("back, weights 100/0: both are good again", async () => {
    const { primary, standby, apex } = await countsAt("23:36:44.000");
    expect(rate(primary)).toBeGreaterThan(10);
    expect([ratio(primary), ratio(standby), ratio(apex)]).toEqual([1, 1, 1]);
  });

  it("long after the end there are no series", async () => {
    expect(await countsAt("23:59:59.000")).toEqual({ primary: undefined, standby: undefined, apex: undefined });
  });
});

async function startOnRecording(group: ServerGroup): Promise<string> {
  const text = path.join(group.folder, "recording.om");
  const data = path.join(group.folder, "data");
  writeFileSync(text, gunzipSync(readFileSync(RECORDING)));
  execFileSync(realTool("promtool"), ["tsdb", "create-blocks-from", "openmetrics", text, data], { stdio: "pipe" });
  const config = path.join(group.folder, "prometheus.yml");
  writeFileSync(config, "{}\n");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // The recording has its own time, however far from now that is.
  const storage = [`--storage.tsdb.path=${data}`, "--storage.tsdb.retention.time=100y"];
  const args = [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`, ...storage];
  await group.start("prometheus", realTool("prometheus"), args, async () => (await fetch(`${url}/-/ready`)).ok, START_TIME_LIMIT_MS);
  return url;
}

async function countsAt(time: string) {
  const atMs = Date.parse(`2026-11-23T${time}Z`);
  const subjects = { routes: [ROUTE], clusters: new Map() };
  const questions: Questions = { requests: [WINDOW_MS], latency: [], unanswered: [], gateway: false, queries: () => [] };
  const window = (await reader.ask(subjects, questions, atMs, atMs)).requests.get(WINDOW_MS);
  if (window?.state !== "answered") throw new Error(JSON.stringify(window));
  const { leaves, apexes } = window.value;
  return { primary: leaves.get("emojivoto/web-svc"), standby: leaves.get("emojivoto/web-svc-east"), apex: apexes.get("emojivoto/web-svc") };
}

/** Requests a second. */
function rate(counts: Counts | undefined): number {
  return (counts?.total ?? Number.NaN) / (WINDOW_MS / 1000);
}

/** Share of good requests. */
function ratio(counts: Counts | undefined): number {
  return counts === undefined ? Number.NaN : 1 - counts.failures / counts.total;
}

function unaccounted(apex: Counts | undefined, leaf: Counts | undefined): number {
  return (apex?.failures ?? Number.NaN) - (leaf?.failures ?? Number.NaN);
}

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { realTool } from "./harness/realTools.ts";
import { freePort, type ServerGroup } from "./harness/serverProcess.ts";

const SERIES = path.join(import.meta.dirname, "../fixtures/series");
const START_TIME_LIMIT_MS = 120_000;

/** Starts a real Prometheus with these series, given as OpenMetrics with timestamps. Returns its URL. */
export async function startOnSeries(group: ServerGroup, openMetrics: string, more: readonly string[] = []): Promise<string> {
  const text = path.join(group.folder, "series.om");
  writeFileSync(text, openMetrics);
  execFileSync(realTool("promtool"), ["tsdb", "create-blocks-from", "openmetrics", text, dataOf(group)], { stdio: "pipe" });
  return await startPrometheus(group, "{}\n", more);
}

/** Starts a real Prometheus with this configuration. Returns its URL. */
export async function startPrometheus(group: ServerGroup, yaml: string, more: readonly string[] = []): Promise<string> {
  const config = path.join(group.folder, "prometheus.yml");
  writeFileSync(config, yaml);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // Keep the series however old they are.
  const storage = [`--storage.tsdb.path=${dataOf(group)}`, "--storage.tsdb.retention.time=100y"];
  const args = [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`, ...storage, ...more];
  await group.start("prometheus", realTool("prometheus"), args, async () => (await fetch(`${url}/-/ready`)).ok, START_TIME_LIMIT_MS);
  return url;
}

/** The series recorded from real proxies, by file name. */
export function recordedSeries(name: string): string {
  return gunzipSync(readFileSync(path.join(SERIES, name))).toString("utf8");
}

function dataOf(group: ServerGroup): string {
  return path.join(group.folder, "data");
}

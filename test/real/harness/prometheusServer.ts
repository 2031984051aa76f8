import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { stringify } from "yaml";
import { send } from "../../world/plainHttp.ts";
import { realTool } from "./realTools.ts";
import { freePort, openServerGroup } from "./serverProcess.ts";

export interface PrometheusOptions {
  /** `host:port` of each target, scraped as one job `linkerd-proxy`. */
  readonly targets?: readonly string[];
  /** Complete scrape configs, if targets are not enough. */
  readonly scrapeConfigs?: readonly object[];
  readonly scrapeIntervalMs?: number;
  /** Files of recording and alerting rules. */
  readonly ruleFiles?: readonly string[];
  /** A file of OpenMetrics (optionally gzipped) that is imported as blocks before the start. */
  readonly recording?: string;
  /** Prometheus's web config: basic auth, TLS. */
  readonly webConfig?: object;
  /** Default: a free port. */
  readonly port?: number;
}

export interface PrometheusServer {
  readonly url: string;
  readonly pid: number;
  /** Sends the process a signal: SIGSTOP makes it hang, SIGCONT resumes it. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Gives it other scrape configs, and makes it read them. */
  reload(scrapeConfigs: readonly object[]): void;
  /** Kills it; its data stay until `stop`. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const START_TIME_LIMIT_MS = 120_000;
const BACKFILL_TIME_LIMIT_MS = 120_000;
const SCRAPE_INTERVAL_MS = 1_000;

/** Starts a real Prometheus on 127.0.0.1. */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<PrometheusServer> {
  const group = openServerGroup("prometheus");
  try {
    const dataDir = join(group.folder, "data");
    if (options.recording !== undefined) await backfill(options.recording, group.folder, dataDir);
    const configFile = join(group.folder, "prometheus.yml");
    writeFileSync(configFile, stringify(config(options)));
    const webConfigFile = join(group.folder, "web.yml");
    if (options.webConfig !== undefined) writeFileSync(webConfigFile, stringify(options.webConfig));
    const port = options.port ?? (await freePort());
    const url = `http://127.0.0.1:${port}`;
    const args = [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${dataDir}`,
      `--web.listen-address=127.0.0.1:${port}`,
      // Keep recordings of any age.
      "--storage.tsdb.retention.time=100y",
      "--log.level=warn",
      ...(options.webConfig === undefined ? [] : [`--web.config.file=${webConfigFile}`]),
    ];
    // With basic auth every path answers 401, with TLS 400, so an open port must be enough.
    const isReady = async () => [200, 400, 401].includes((await send({ url }, "GET", "/-/ready")).status);
    const running = await group.start("prometheus", realTool("prometheus"), args, isReady, START_TIME_LIMIT_MS);
    return {
      url,
      pid: running.pid,
      signal: (signal) => void process.kill(running.pid, signal),
      reload: (scrapeConfigs) => {
        writeFileSync(configFile, stringify(config({ ...options, scrapeConfigs })));
        process.kill(running.pid, "SIGHUP");
      },
      kill: () => running.kill(),
      stop: () => group.stop(),
    };
  } catch (error) {
    await group.stop();
    throw error;
  }
}

/** Converts a file of OpenMetrics with timestamps into blocks in the data folder. */
async function backfill(recording: string, workFolder: string, dataDir: string): Promise<void> {
  const raw = readFileSync(recording);
  const textFile = join(workFolder, "recording.om");
  writeFileSync(textFile, recording.endsWith(".gz") ? gunzipSync(raw) : raw);
  const args = ["tsdb", "create-blocks-from", "openmetrics", textFile, dataDir];
  await promisify(execFile)(realTool("promtool"), args, { timeout: BACKFILL_TIME_LIMIT_MS, maxBuffer: 16 * 1024 * 1024 });
}

function config(options: PrometheusOptions): object {
  const interval = `${options.scrapeIntervalMs ?? SCRAPE_INTERVAL_MS}ms`;
  const proxies = { job_name: "linkerd-proxy", static_configs: [{ targets: options.targets ?? [] }] };
  return {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: options.ruleFiles ?? [],
    scrape_configs: [...(options.targets === undefined ? [] : [proxies]), ...(options.scrapeConfigs ?? [])],
  };
}

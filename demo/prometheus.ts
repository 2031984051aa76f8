import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Child, freePort, startChild } from "./child.ts";
import { type Ending, waitFor } from "./ending.ts";
import { SCRAPE_INTERVAL_MS } from "./plan.ts";

export interface Prometheus {
  readonly url: string;
  readonly child: Child;
}

export interface PrometheusOptions {
  readonly binary: string;
  readonly folder: string;
  /** Addresses of the proxies' metrics, by pod name. */
  readonly targets: Readonly<Record<string, string>>;
  readonly namespace: string;
  readonly signal: AbortSignal;
  readonly onDeath: (ending: Ending) => void;
}

const READY_LIMIT_MS = 30_000;
const ANSWER_LIMIT_MS = 2_000;

/** Starts a real Prometheus that scrapes the proxies, and waits until it answers. */
export async function startPrometheus({ binary, folder, targets, namespace, signal, onDeath }: PrometheusOptions): Promise<Prometheus> {
  const data = join(folder, "prometheus");
  const config = join(folder, "prometheus.json");
  await mkdir(data);
  await writeFile(config, JSON.stringify(configuration(targets, namespace), null, 2));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = startChild({
    name: "prometheus",
    command: binary,
    args: [`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=127.0.0.1:${port}`],
    logFile: join(folder, "prometheus.log"),
    onDeath,
  });
  await waitFor(`Prometheus to be ready at ${url}`, READY_LIMIT_MS, signal, () => isReady(`${url}/-/ready`));
  return { url, child };
}

/** True if a GET is answered with success, otherwise null, so that `waitFor` tries again. */
export async function isReady(url: string): Promise<true | null> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }).catch(() => null);
  await response?.body?.cancel();
  return response?.ok === true ? true : null;
}

/** The configuration as JSON, which is valid YAML. The job and the labels are those of linkerd-viz. */
function configuration(targets: Readonly<Record<string, string>>, namespace: string): object {
  return {
    global: { scrape_interval: `${SCRAPE_INTERVAL_MS / 1_000}s`, scrape_timeout: `${SCRAPE_INTERVAL_MS / 1_000}s` },
    scrape_configs: [
      {
        job_name: "linkerd-proxy",
        static_configs: Object.entries(targets).map(([pod, address]) => ({ targets: [address], labels: { namespace, pod } })),
      },
    ],
  };
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { realTool } from "../test/real/harness/realTools.ts";
import { freePort, type ServerGroup } from "../test/real/harness/serverProcess.ts";
import { remoteWrite, type WrittenSeries } from "./remoteWrite.ts";

const START_TIME_LIMIT_MS = 180_000;

/** Starts a Prometheus that holds these series in its head block, as it holds what it scraped. */
export async function startMeshPrometheus(
  servers: ServerGroup,
  series: Iterable<WrittenSeries>,
): Promise<{ readonly url: string; readonly pid: number }> {
  const configFile = join(servers.folder, "prometheus.yml");
  writeFileSync(configFile, "{}\n");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [`--web.listen-address=127.0.0.1:${port}`, `--storage.tsdb.path=${join(servers.folder, "data")}`];
  const settings = [`--config.file=${configFile}`, "--web.enable-remote-write-receiver", "--storage.tsdb.retention.time=100y"];
  const isReady = async () => (await fetch(`${url}/-/ready`)).ok;
  const { pid } = await servers.start("prometheus", realTool("prometheus"), [...settings, ...args], isReady, START_TIME_LIMIT_MS);
  await remoteWrite(url, series);
  return { url, pid };
}

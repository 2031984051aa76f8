import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { TOOLS_DIR } from "./findTool.ts";
import { runGo } from "./runGo.ts";

/** Gateway API's releases that tests install: what Linkerd's newest takes at most and at least, as far as v1 goes. */
export const GATEWAY_API_VERSIONS = ["1.4.1", "1.2.1"] as const;
export type GatewayApiVersion = (typeof GATEWAY_API_VERSIONS)[number];

const FETCH_TIME_LIMIT_MS = 5 * 60_000;

/** The folder with a release's CRDs; null where it was not fetched. */
export function findGatewayApi(version: GatewayApiVersion): string | null {
  const folder = join(TOOLS_DIR, "gateway-api", version);
  return existsSync(folder) ? folder : null;
}

/** Makes sure that all releases are there, out of Gateway API's Go module; a text that says what went wrong where they are not. */
export async function ensureGatewayApi(say: (line: string) => void): Promise<string | null> {
  for (const version of GATEWAY_API_VERSIONS) {
    if (findGatewayApi(version) !== null) continue;
    say(`fetching the CRDs of Gateway API ${version} with Go, once; some seconds`);
    const error = await fetchCrds(version);
    if (error !== null) return `fetching the CRDs of Gateway API ${version} failed: ${error}`;
  }
  return null;
}

async function fetchCrds(version: GatewayApiVersion): Promise<string | null> {
  mkdirSync(join(TOOLS_DIR, "gateway-api"), { recursive: true });
  const folder = await mkdtemp(join(TOOLS_DIR, "gateway-api-"));
  try {
    const module = `sigs.k8s.io/gateway-api@v${version}`;
    const download = await runGo(["mod", "download", "-json", module], folder, Date.now() + FETCH_TIME_LIMIT_MS);
    if (!download.ok) return download.error;
    const { Dir: moduleDir } = JSON.parse(download.output) as { Dir: string };
    const crds = join(folder, "crds");
    mkdirSync(crds);
    for (const plural of ["httproutes", "grpcroutes"]) {
      const file = `gateway.networking.k8s.io_${plural}.yaml`;
      cpSync(join(moduleDir, "config/crd/standard", file), join(crds, file));
    }
    appear(crds, version);
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The folder appears whole or not at all; another process may have been quicker. */
function appear(crds: string, version: GatewayApiVersion): void {
  try {
    renameSync(crds, join(TOOLS_DIR, "gateway-api", version));
  } catch (error) {
    if (findGatewayApi(version) === null) throw error;
  }
}

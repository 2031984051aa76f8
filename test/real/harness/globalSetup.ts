import { ensureCrds, ensureTools } from "../../../scripts/tools/ensureTools.ts";
import { TOOLS } from "../../../scripts/tools/findTool.ts";
import { existingCluster } from "./existingCluster.ts";

/** Runs once before the tests of this folder and builds missing tools, if possible. */
export async function setup(): Promise<void> {
  if (existingCluster() !== null) return;
  const ensured = await ensureTools(TOOLS);
  const crds = await ensureCrds();
  for (const message of [ensured.ok ? null : ensured.message, crds]) if (message !== null) process.stderr.write(`\ntools: ${message}\n\n`);
}

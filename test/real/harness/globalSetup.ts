import { ensureTools } from "../../../scripts/tools/ensureTools.ts";
import { TOOLS } from "../../../scripts/tools/findTool.ts";

/** Runs once before the tests of this folder: builds what is missing, where that can be done. */
export async function setup(): Promise<void> {
  const ensured = await ensureTools(TOOLS);
  if (!ensured.ok) process.stderr.write(`\ntools: ${ensured.message}\n\n`);
}

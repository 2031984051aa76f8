import { hasAllCrds } from "../../../scripts/tools/crds.ts";
import { howToGet } from "../../../scripts/tools/ensureTools.ts";
import { findTool, type Tool } from "../../../scripts/tools/findTool.ts";
import { existingCluster } from "./existingCluster.ts";

export interface RealTools {
  /** For `describe.skipIf`. */
  readonly absent: boolean;
  /** A title for the suite; where the tools are absent it says so and tells how to get them. */
  title(text: string): string;
}

/** Whether the tools that a suite needs are there. With CI=true their absence is a failure, not a reason to skip. */
export function realTools(...names: readonly Tool[]): RealTools {
  // There are servers already.
  if (existingCluster() !== null) return { absent: false, title: (text) => text };
  const missing = names.filter((name) => findTool(name) === null);
  if (missing.length === 0) return { absent: false, title: (text) => text };
  if (process.env.CI === "true") throw new Error(howToGet(missing));
  return { absent: true, title: (text) => `SKIPPED: ${text}\n${howToGet(missing)}` };
}

/** As `realTools`, for suites that also need the CRDs of others. */
export function realToolsWithCrds(...names: readonly Tool[]): RealTools {
  const tools = realTools(...names);
  if (tools.absent || existingCluster() !== null || hasAllCrds()) return tools;
  const how = "CRDs are missing: `npx node scripts/tools/ensureTools.ts crds` fetches them with Go";
  if (process.env.CI === "true") throw new Error(how);
  return { absent: true, title: (text) => `SKIPPED: ${text}\n${how}` };
}

/** The path of a tool that must be there. */
export function realTool(name: Tool): string {
  const path = findTool(name);
  if (path === null) throw new Error(howToGet([name]));
  return path;
}

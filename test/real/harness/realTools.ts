import { hasAllCrds } from "../../../scripts/tools/crds.ts";
import { howToGet } from "../../../scripts/tools/ensureTools.ts";
import { findTool, type Tool } from "../../../scripts/tools/findTool.ts";
import { existingCluster } from "./existingCluster.ts";

export interface RealTools {
  /** For `describe.skipIf`. */
  readonly absent: boolean;
  /** A title for the suite; if tools are missing it says so and how to get them. */
  title(text: string): string;
}

/** Whether the tools that a suite needs exist. With CI=true it throws if they are missing, so that no suite is skipped. */
export function realTools(...names: readonly Tool[]): RealTools {
  // An existing cluster has servers already.
  if (existingCluster() !== null) return { absent: false, title: (text) => text };
  const missing = names.filter((name) => findTool(name) === null);
  if (missing.length === 0) return { absent: false, title: (text) => text };
  if (process.env.CI === "true") throw new Error(howToGet(missing));
  return { absent: true, title: (text) => `SKIPPED: ${text}\n${howToGet(missing)}` };
}

/** The same for suites that also need the CRDs of other projects. */
export function realToolsWithCrds(...names: readonly Tool[]): RealTools {
  const tools = realTools(...names);
  if (tools.absent || existingCluster() !== null || hasAllCrds()) return tools;
  const how = "CRDs are missing: `npx node scripts/tools/ensureTools.ts crds` fetches them with Go";
  if (process.env.CI === "true") throw new Error(how);
  return { absent: true, title: (text) => `SKIPPED: ${text}\n${how}` };
}

/** Path of a required tool. Throws if it is missing. */
export function realTool(name: Tool): string {
  const path = findTool(name);
  if (path === null) throw new Error(howToGet([name]));
  return path;
}

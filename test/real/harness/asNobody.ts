import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Launch } from "../controllerWorld.ts";

const NOBODY = 65_534;
const MAIN = join(import.meta.dirname, "../../../src/main.ts");

/**
 * How to start the controller as somebody to whom files can be out of reach, which they are not to root; null where that
 * somebody cannot even read the program.
 */
export function asNobody(): Launch | null {
  if (process.getuid?.() !== 0) return {};
  const [program, ...args] = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--"] as const;
  const tried = spawnSync(program, [...args, process.execPath, MAIN, "--version"], { timeout: 30_000 });
  return tried.status === 0 ? { through: [program, ...args] } : null;
}

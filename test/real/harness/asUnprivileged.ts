import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Launch } from "../controllerWorld.ts";

const OTHER_UID = 65_534;
const MAIN = join(import.meta.dirname, "../../../src/main.ts");

/**
 * Options to start the controller as an unprivileged user, for whom files can be unreadable, unlike for root. Null if that
 * user cannot even read the program.
 */
export function asUnprivileged(): Launch | null {
  if (process.getuid?.() !== 0) return {};
  const [program, ...args] = ["setpriv", `--reuid=${OTHER_UID}`, `--regid=${OTHER_UID}`, "--clear-groups", "--"] as const;
  const tried = spawnSync(program, [...args, process.execPath, MAIN, "--version"], { timeout: 30_000 });
  return tried.status === 0 ? { through: [program, ...args] } : null;
}

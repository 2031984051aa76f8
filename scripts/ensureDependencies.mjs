// Plain JavaScript, because it must run on any installed Node: it installs the Node that runs everything else.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const INSTALL_TIME_LIMIT_MS = 10 * 60_000;
const root = new URL("..", import.meta.url);

/** The packages of a lockfile by path, or null if it does not exist. */
function packagesIn(lockfile) {
  try {
    return JSON.parse(readFileSync(new URL(lockfile, root), "utf8")).packages;
  } catch {
    return null;
  }
}

/** Whether all packages of the lockfile are installed; those for other platforms may be missing. */
function complete() {
  const wanted = packagesIn("package-lock.json");
  const installed = packagesIn("node_modules/.package-lock.json");
  if (wanted === null || installed === null) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => path === "" || optional || installed[path]?.version === version);
}

if (!complete()) {
  console.error("installing the packages of package-lock.json (npm ci)");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root, stdio: "inherit", timeout: INSTALL_TIME_LIMIT_MS });
  process.exitCode = status ?? 1;
}

// Plain JavaScript, since it must run on the Node that happens to be there: it brings the Node that runs all the rest.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const INSTALL_TIME_LIMIT_MS = 10 * 60_000;
const root = new URL("..", import.meta.url);

/** Installed packages by path, or null where nothing was installed yet. */
function packagesIn(lockfile) {
  try {
    return JSON.parse(readFileSync(new URL(lockfile, root), "utf8")).packages;
  } catch {
    return null;
  }
}

/** True when all that the lockfile asks for is there; packages for other platforms may be missing. */
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

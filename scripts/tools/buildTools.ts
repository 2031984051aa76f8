import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findTool, TOOLS_DIR } from "./findTool.ts";
import type { Recipe } from "./recipes.ts";
import { runGo } from "./runGo.ts";

/** For one recipe with cold caches on a busy machine; measured: 7 min for kubernetes on two cores. */
export const BUILD_TIME_LIMIT_MS = 30 * 60_000;
const LOCK_POLL_MS = 1_000;
const PROGRESS_INTERVAL_MS = 30_000;

export type BuildOutcome = { readonly ok: true } | { readonly ok: false; readonly error: string };

/**
 * Builds the recipe's tools into `.tools/bin`. If several processes call this at once, one builds and the others wait. A
 * binary gets its final name only when it is complete.
 */
export async function buildTools(recipe: Recipe, say: (line: string) => void): Promise<BuildOutcome> {
  mkdirSync(join(TOOLS_DIR, "bin"), { recursive: true });
  const lock = join(TOOLS_DIR, `${recipe.name}.lock`);
  const deadline = Date.now() + BUILD_TIME_LIMIT_MS;
  let told = false;
  while (!takeLock(lock)) {
    if (Date.now() > deadline) return { ok: false, error: `another process still holds ${lock}` };
    if (!told) say(`waiting for another process that builds ${recipe.title}`);
    told = true;
    await sleep(LOCK_POLL_MS);
  }
  try {
    if (recipe.tools.every((tool) => findTool(tool) !== null)) return { ok: true };
    return await buildLocked(recipe, deadline, say);
  } finally {
    rmSync(lock, { force: true });
  }
}

async function buildLocked(recipe: Recipe, deadline: number, say: (line: string) => void): Promise<BuildOutcome> {
  const startedAt = Date.now();
  const elapsed = () => `${Math.round((Date.now() - startedAt) / 1_000)} s`;
  const limit = `${BUILD_TIME_LIMIT_MS / 60_000} min at most`;
  say(`building ${recipe.title} with Go, once; this takes several minutes if Go's caches are cold (${limit})`);
  const progress = setInterval(() => say(`still building ${recipe.title}: ${elapsed()}`), PROGRESS_INTERVAL_MS);
  const folder = await mkdtemp(join(TOOLS_DIR, `${recipe.name}-`));
  try {
    const outcome = await runRecipe(recipe, folder, deadline);
    if (outcome.ok) say(`built ${recipe.title} in ${elapsed()}`);
    return outcome;
  } finally {
    clearInterval(progress);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runRecipe(recipe: Recipe, folder: string, deadline: number): Promise<BuildOutcome> {
  const go = (args: readonly string[]) => runGo(args, folder, deadline);
  const download = await go(["mod", "download", "-json", `${recipe.module}@${recipe.version}`]);
  if (!download.ok) return download;
  const { Dir: moduleDir } = JSON.parse(download.output) as { Dir: string };
  const replaces = recipe.replaces(moduleDir).map((replace) => `replace ${replace}`);
  const requirement = `require ${recipe.module} ${recipe.version}`;
  writeFileSync(
    join(folder, "go.mod"),
    [`module tools.invalid/${recipe.name}`, `go ${recipe.goVersion}`, requirement, ...replaces, ""].join("\n"),
  );
  const got = await go(["get", "-tool", ...recipe.packages.map(({ path, version }) => `${path}@${version}`)]);
  if (!got.ok) return got;
  for (const { path, tool } of recipe.packages) {
    const built = await go([
      "build",
      `-ldflags=${["-s", "-w", ...recipe.linkerFlags].join(" ")}`,
      "-o",
      join(folder, "bin", basename(tool)),
      path,
    ]);
    if (!built.ok) return built;
  }
  for (const tool of recipe.tools) renameSync(join(folder, "bin", tool), join(TOOLS_DIR, "bin", tool));
  return { ok: true };
}

/** Takes the lock file if it is free. It contains the process id, so that the lock of a dead process is removed. A hard link is atomic. */
function takeLock(path: string): boolean {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, path);
    return true;
  } catch {
    const owner = readOwner(path);
    if (owner !== null && !isAlive(owner)) rmSync(path, { force: true });
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** The process id in the lock; null if the lock has just been released. */
function readOwner(path: string): number | null {
  try {
    return Number.parseInt(readFileSync(path, "utf8"), 10) || null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

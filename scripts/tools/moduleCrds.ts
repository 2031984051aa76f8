import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { TOOLS_DIR } from "./findTool.ts";
import { runGo } from "./runGo.ts";

const FETCH_TIME_LIMIT_MS = 5 * 60_000;

/** CRDs that are files of a Go module. */
export interface ModuleCrds {
  /** For messages. */
  readonly title: string;
  /** In the format of `go mod download`. */
  readonly module: string;
  readonly files: readonly string[];
  /** Below `.tools`. */
  readonly folder: string;
}

/** The folder with the CRDs; null if they were not fetched. */
export function findModuleCrds({ folder }: ModuleCrds): string | null {
  const path = join(TOOLS_DIR, folder);
  return existsSync(path) ? path : null;
}

/** Fetches the CRDs if they are missing; returns null, or the error. */
export async function ensureModuleCrds(crds: ModuleCrds, say: (line: string) => void): Promise<string | null> {
  if (findModuleCrds(crds) !== null) return null;
  say(`fetching ${crds.title} with Go, once; this takes a few seconds`);
  const error = await fetchCrds(crds);
  return error === null ? null : `fetching ${crds.title} failed: ${error}`;
}

async function fetchCrds(crds: ModuleCrds): Promise<string | null> {
  const target = join(TOOLS_DIR, crds.folder);
  mkdirSync(dirname(target), { recursive: true });
  const folder = await mkdtemp(join(TOOLS_DIR, "crds-"));
  try {
    const download = await runGo(["mod", "download", "-json", crds.module], folder, Date.now() + FETCH_TIME_LIMIT_MS);
    if (!download.ok) return download.error;
    const { Dir: moduleDir } = JSON.parse(download.output) as { Dir: string };
    const fetched = join(folder, "crds");
    mkdirSync(fetched);
    for (const file of crds.files) cpSync(join(moduleDir, file), join(fetched, basename(file)));
    appear(fetched, target);
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Moves the folder to its place atomically; another process may have done so before. */
function appear(fetched: string, target: string): void {
  try {
    renameSync(fetched, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  }
}

import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { TOOLS_DIR } from "./findTool.ts";
import { runGo } from "./runGo.ts";

const FETCH_TIME_LIMIT_MS = 5 * 60_000;

/** CRDs that are files of a Go module. */
export interface ModuleCrds {
  /** For people. */
  readonly title: string;
  /** As `go mod download` takes it. */
  readonly module: string;
  readonly files: readonly string[];
  /** Below `.tools`. */
  readonly folder: string;
}

/** The folder with the CRDs; null where they were not fetched. */
export function findModuleCrds({ folder }: ModuleCrds): string | null {
  const path = join(TOOLS_DIR, folder);
  return existsSync(path) ? path : null;
}

/** Makes sure that they are there; a text that says what went wrong where they are not. */
export async function ensureModuleCrds(crds: ModuleCrds, say: (line: string) => void): Promise<string | null> {
  if (findModuleCrds(crds) !== null) return null;
  say(`fetching ${crds.title} with Go, once; some seconds`);
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

/** The folder appears whole or not at all; another process may have been quicker. */
function appear(fetched: string, target: string): void {
  try {
    renameSync(fetched, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  }
}

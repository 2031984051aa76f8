/**
 * Finds the real servers, or builds them.
 *
 *     node scripts/tools/ensureTools.ts [--optional] [kubernetes] [prometheus] [helm] [crds]
 *
 * Without names: all. With --optional, a missing tool is a failure only if CI=true; tests then say that they are skipped.
 */
import { spawnSync } from "node:child_process";
import { buildTools } from "./buildTools.ts";
import { ensureAllCrds } from "./crds.ts";
import { findTool, TOOLS, type Tool } from "./findTool.ts";
import { RECIPES, type Recipe } from "./recipes.ts";

/** The name of the third-party CRDs on the command line. */
const CRDS = "crds";

export type EnsuredTools =
  | { readonly ok: true; readonly paths: Readonly<Record<Tool, string | null>> }
  /** `message` says how to get what is missing. */
  | { readonly ok: false; readonly missing: readonly Tool[]; readonly message: string };

/** Finds the named tools, and builds the missing ones if Go is installed. */
export async function ensureTools(names: readonly Tool[], say: (line: string) => void = sayOnStderr): Promise<EnsuredTools> {
  const errors: string[] = [];
  for (const recipe of RECIPES) {
    const wanted = recipe.tools.filter((tool) => names.includes(tool));
    if (wanted.every((tool) => findTool(tool) !== null)) continue;
    if (!hasGo()) continue;
    const built = await buildTools(recipe, say);
    if (!built.ok) errors.push(`building ${recipe.title} failed: ${built.error}`);
  }
  const paths = Object.fromEntries(TOOLS.map((tool) => [tool, findTool(tool)])) as Record<Tool, string | null>;
  const missing = names.filter((name) => paths[name] === null);
  if (missing.length === 0) return { ok: true, paths };
  return { ok: false, missing, message: [...errors, howToGet(missing)].join("\n") };
}

/** Fetches the third-party CRDs that are missing; returns null, or the error with the way to get them. */
export async function ensureCrds(say: (line: string) => void = sayOnStderr): Promise<string | null> {
  const error = await ensureAllCrds(say);
  return error === null ? null : `${error}\n- install Go (https://go.dev/dl) and run \`npx node scripts/tools/ensureTools.ts crds\``;
}

/** How to get the tools that are missing. */
export function howToGet(missing: readonly Tool[]): string {
  const lines = [`missing: ${missing.join(", ")}. Ways to get them:`];
  if (missing.includes("kube-apiserver") || missing.includes("etcd")) {
    lines.push("- kube-apiserver, etcd: set KUBEBUILDER_ASSETS to a folder that has both (setup-envtest makes one), or put them on PATH");
  }
  if (missing.includes("prometheus") || missing.includes("promtool")) {
    lines.push("- prometheus, promtool: on Debian and Ubuntu `apt-get install prometheus`, or put a release's binaries on PATH");
  }
  if (missing.includes("helm")) lines.push("- helm: put a release's binary, of Helm 3 or 4, on PATH");
  lines.push("- or install Go (https://go.dev/dl) and run `npx node scripts/tools/ensureTools.ts`, which builds them into .tools/bin");
  return lines.join("\n");
}

function hasGo(): boolean {
  return spawnSync("go", ["version"], { stdio: "ignore" }).status === 0;
}

function sayOnStderr(line: string): void {
  process.stderr.write(`tools: ${line}\n`);
}

function recipesNamed(names: readonly string[]): readonly Recipe[] | null {
  const unknown = names.filter((name) => !RECIPES.some((recipe) => recipe.name === name));
  if (unknown.length > 0) return null;
  return names.length === 0 ? RECIPES : RECIPES.filter((recipe) => names.includes(recipe.name));
}

async function main(args: readonly string[]): Promise<number> {
  const optional = args.includes("--optional") && process.env.CI !== "true";
  const names = args.filter((arg) => arg !== "--optional");
  const recipes = recipesNamed(names.filter((name) => name !== CRDS));
  if (recipes === null) {
    sayOnStderr(`usage: ensureTools.ts [--optional] [kubernetes] [prometheus] [helm] [${CRDS}]`);
    return 2;
  }
  const wanted = (names.join() === CRDS ? [] : recipes).flatMap((recipe) => recipe.tools);
  const ensured = await ensureTools(wanted);
  const crds = names.length === 0 || names.includes(CRDS) ? await ensureCrds() : null;
  if (!ensured.ok || crds !== null) {
    for (const message of [ensured.ok ? null : ensured.message, crds]) if (message !== null) sayOnStderr(message);
    return optional ? 0 : 1;
  }
  for (const tool of wanted) process.stdout.write(`${tool} ${ensured.paths[tool]}\n`);
  return 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

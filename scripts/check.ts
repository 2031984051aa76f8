import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const STEP_TIME_LIMIT_MS = 10 * 60_000;
const root = fileURLToPath(new URL("..", import.meta.url));

const STEPS: readonly { readonly name: string; readonly command: readonly [string, ...string[]] }[] = [
  { name: "format", command: ["biome", "ci"] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
  { name: "types", command: ["tsc", "--noEmit"] },
  { name: "types of the page", command: ["tsc", "--noEmit", "-p", "src/page"] },
  { name: "dead exports", command: ["knip"] },
  { name: "docs drift", command: ["node", "scripts/checkDocs.ts"] },
  { name: "dashboards drift", command: ["node", "scripts/checkDashboards.ts"] },
  { name: "page drift", command: ["node", "scripts/buildPage.ts"] },
  { name: "site of the docs, and its links", command: ["vitepress", "build", "docs", "--logLevel", "warn"] },
  { name: "unit tests", command: ["vitest", "run", "--project", "unit", "--reporter", "minimal"] },
];

/** Runs one step and returns its exit code; 1 if it could not be started or exceeded its time limit. */
function run([program, ...args]: readonly [string, ...string[]]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], timeout: STEP_TIME_LIMIT_MS });
    child.on("error", () => resolve(1));
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

// CI runs all tests right after this, including the unit tests.
const steps = STEPS.filter(({ name }) => name !== "unit tests" || !process.argv.includes("--without-tests"));
// Every step runs, even after a failed one, so that one run shows all failures.
const failed: string[] = [];
for (const { name, command } of steps) {
  console.log(`— ${name}`);
  const startedMs = performance.now();
  const code = await run(command);
  console.log(`${code === 0 ? "√" : "×"} ${name} ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  if (code !== 0) failed.push(name);
}
console.log(failed.length === 0 ? "check passed" : `check failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

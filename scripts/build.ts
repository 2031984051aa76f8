import { readFileSync, statSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { leaveOut, requireHttp, shakeClientNode } from "./leaveOut.ts";

const root = new URL("..", import.meta.url);

// Bundled CommonJS packages call `require`, which an ES module does not have.
const BANNER = [
  "#!/usr/bin/env node",
  'import { createRequire as createBundleRequire } from "node:module";',
  // An older Node would fail inside a dependency.
  'if (Number(process.versions.node.split(".")[0]) < 22) {',
  '  console.error("linkerd-failover: Node 22.19 or newer is needed, this is " + process.version);',
  "  process.exit(2);",
  "}",
  "const require = createBundleRequire(import.meta.url);",
].join("\n");

/** Names are kept and lines are short, so that stack traces stay useful. */
const LINE_LIMIT_CHARS = 160;

/** Builds one ES module that contains all dependencies and the version. */
async function bundle(entry: string, outfile: string): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
  await build({
    entryPoints: [entry],
    outfile,
    absWorkingDir: new URL(".", root).pathname,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22.19",
    mainFields: ["module", "main"],
    banner: { js: BANNER },
    define: { LINKERD_FAILOVER_VERSION: JSON.stringify(version) },
    legalComments: "none",
    minifyWhitespace: true,
    lineLimit: LINE_LIMIT_CHARS,
    plugins: [leaveOut, requireHttp, shakeClientNode],
    logLevel: "warning",
  });
  await chmod(outfile, 0o755);
  console.log(`${outfile} ${version}: ${(statSync(outfile).size / 1024).toFixed(0)} KiB`);
}

const { values } = parseArgs({
  options: { entry: { type: "string", default: "src/main.ts" }, outfile: { type: "string", default: "dist/linkerd-failover.js" } },
});
await bundle(values.entry, values.outfile);

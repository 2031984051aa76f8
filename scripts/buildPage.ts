/**
 * Bundles the script and the style of the status page into a module in src/admin, so that running from source needs no
 * build step. With `--write` it writes the module; otherwise it only checks whether the module is up to date.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const ROOT = new URL("..", import.meta.url);
const TARGET = new URL("src/admin/pageAssets.ts", ROOT);
/** Long lines break tools that show diffs. */
const LINE_LIMIT_CHARS = 4_000;

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: ROOT.pathname,
    tsconfig: "src/page/tsconfig.json",
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: ["chrome123", "firefox120", "safari17.5"],
    lineLimit: LINE_LIMIT_CHARS,
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  return outputFiles[0]?.text ?? "";
}

const [script, style] = await Promise.all([bundle("src/page/app.tsx"), bundle("src/page/style.css")]);
const wanted = `/** Made by \`npm run page\` of src/page; do not edit. Contains Preact (MIT, https://preactjs.com). */
export const PAGE_SCRIPT = ${JSON.stringify(script)};
export const PAGE_STYLE = ${JSON.stringify(style)};
`;
const isStale = readFileSync(TARGET, { encoding: "utf8", flag: "a+" }) !== wanted;
const write = process.argv.includes("--write");
if (isStale && write) writeFileSync(TARGET, wanted);
if (isStale) console.log(`${write ? "written" : "out of date (npm run page writes it)"}: src/admin/pageAssets.ts`);
process.exitCode = write || !isStale ? 0 : 1;

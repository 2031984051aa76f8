/**
 * Bundles the script and the style of the status page into a module in src/admin, so that running from source needs no
 * build step. With `--write` it writes the module; otherwise it only checks whether the module is up to date.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
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

/** As base64 in lines: a fraction of the size, which every process would read and keep. */
function packed(name: string, text: string): string {
  const lines =
    gzipSync(text, { level: 9 })
      .toString("base64")
      .match(new RegExp(`.{1,${LINE_LIMIT_CHARS}}`, "g")) ?? [];
  return `export const ${name} = [\n${lines.map((line) => `  "${line}",\n`).join("")}].join("");\n`;
}

/** What a module of this script holds; other versions of zlib may pack it differently. */
function unpacked(module: string): string {
  const texts = [...module.matchAll(/= \[([^\]]*)\]/g)].map(([, lines = ""]) => lines.replaceAll(/[^A-Za-z0-9+/=]/g, ""));
  return texts.map((text) => gunzipSync(Buffer.from(text, "base64")).toString()).join("\n");
}

const [script, style] = await Promise.all([bundle("src/page/app.tsx"), bundle("src/page/style.css")]);
const isStale = unpacked(readFileSync(TARGET, { encoding: "utf8", flag: "a+" })) !== `${script}\n${style}`;
const write = process.argv.includes("--write");
if (isStale && write) {
  const head =
    "/** Made by `npm run page` of src/page, by gzip and in base64; do not edit. Contains Preact (MIT, https://preactjs.com). */";
  writeFileSync(TARGET, `${head}\n${packed("PAGE_SCRIPT", script)}${packed("PAGE_STYLE", style)}`);
}
if (isStale) console.log(`${write ? "written" : "out of date (npm run page writes it)"}: src/admin/pageAssets.ts`);
process.exitCode = write || !isStale ? 0 : 1;

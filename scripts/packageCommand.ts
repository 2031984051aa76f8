/**
 * Packages the command with its own Node, for laptops that have none: one folder that can be put anywhere.
 *
 *     node scripts/packageCommand.ts --destination dist
 *
 * The archive is for the platform that it is made on.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const STEP_TIME_LIMIT_MS = 5 * 60_000;
const ROOT = resolve(import.meta.dirname, "..");

/** Finds its own folder also through symbolic links, so that a link on the PATH beside the linkerd CLI is enough. */
const START = `#!/bin/sh
self=$0
while [ -L "$self" ]; do
  link=$(readlink "$self")
  case $link in
    /*) self=$link ;;
    *) self=$(dirname "$self")/$link ;;
  esac
done
folder=$(cd "$(dirname "$self")" && pwd)
exec "$folder/lib/node" "$folder/lib/linkerd-failover.js" "$@"
`;

const { values } = parseArgs({ options: { destination: { type: "string", default: "dist" } } });
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
const name = `linkerd-failover-${version}-${process.platform}-${process.arch}`;
const folder = mkdtempSync(join(tmpdir(), "linkerd-failover-command-"));
try {
  const lib = join(folder, name, "lib");
  mkdirSync(lib, { recursive: true });
  const build = [join(ROOT, "scripts/build.ts"), "--outfile", join(lib, "linkerd-failover.js")];
  execFileSync(process.execPath, build, { stdio: "inherit", timeout: STEP_TIME_LIMIT_MS });
  copyFileSync(process.execPath, join(lib, "node"));
  chmodSync(join(lib, "node"), 0o755);
  copyFileSync(join(ROOT, "LICENSE"), join(folder, name, "LICENSE"));
  writeFileSync(join(folder, name, "linkerd-failover"), START, { mode: 0o755 });
  mkdirSync(values.destination, { recursive: true });
  const archive = join(resolve(values.destination), `${name}.tar.gz`);
  execFileSync("tar", ["-czf", archive, "-C", folder, name], { stdio: "inherit", timeout: STEP_TIME_LIMIT_MS });
  console.log(archive);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

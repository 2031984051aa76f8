import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PlayedFault } from "../test/real/faults/recordFault.ts";
import type { Played } from "./reliabilityTable.ts";

/** Runs the fault tests on real servers and writes the results to docs/reliability.json, which `npm run docs` renders. */
const TESTS = ["test/real/faults", "test/real/replicas.test.ts", "test/real/lease.test.ts"];
const TIME_LIMIT_MS = 20 * 60_000;
const root = fileURLToPath(new URL("..", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "linkerd-failover-reliability-"));
const record = join(folder, "faults.jsonl");
writeFileSync(record, "");
// One file after the other, because the times are published.
const { status } = spawnSync("vitest", ["run", "--project", "real", "--no-file-parallelism", ...TESTS], {
  cwd: root,
  stdio: "inherit",
  timeout: TIME_LIMIT_MS,
  // With CI=true, a missing server is a failure instead of a skip.
  env: { ...process.env, RELIABILITY_RECORD: record, CI: "true" },
});
if (status === 0) {
  const faults = readFileSync(record, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as PlayedFault);
  const sorted = faults.sort((a, b) => a.theme.localeCompare(b.theme) || a.fault.localeCompare(b.fault));
  const played: Played = { on: new Date().toISOString().slice(0, 10), faults: sorted };
  writeFileSync(join(root, "docs/reliability.json"), `${JSON.stringify(played, null, 2)}\n`);
  console.log(`${faults.length} faults are written to docs/reliability.json; npm run docs renders them`);
} else console.log("docs/reliability.json is unchanged: a fault test failed");
rmSync(folder, { recursive: true });
process.exitCode = status === 0 ? 0 : 1;

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EvidenceRow } from "../test/real/evidence/evidenceRow.ts";
import type { Evidence } from "./evidenceTable.ts";

/** Judges the recordings of real proxies in a real Prometheus and writes the results to docs/evidence.json, which `npm run docs` renders. */
const TESTS = ["test/real/evidence"];
const TIME_LIMIT_MS = 20 * 60_000;
const root = fileURLToPath(new URL("..", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "linkerd-failover-evidence-"));
const record = join(folder, "rows.jsonl");
writeFileSync(record, "");
const { status } = spawnSync("vitest", ["run", "--project", "real", ...TESTS], {
  cwd: root,
  stdio: "inherit",
  timeout: TIME_LIMIT_MS,
  // With CI=true, a missing server is a failure instead of a skip.
  env: { ...process.env, EVIDENCE_RECORD: record, CI: "true" },
});
if (status === 0) {
  const rows = readFileSync(record, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as EvidenceRow)
    .sort((a, b) => a.recording.localeCompare(b.recording));
  const evidence: Evidence = { on: new Date().toISOString().slice(0, 10), rows: rows.map(rounded) };
  writeFileSync(join(root, "docs/evidence.json"), `${JSON.stringify(evidence, null, 1)}\n`);
  console.log(`${rows.length} readings are written to docs/evidence.json; npm run docs renders them`);
} else console.log("docs/evidence.json is unchanged: a test failed");
rmSync(folder, { recursive: true });
process.exitCode = status === 0 ? 0 : 1;

/** The same with a tenth of a request as the least difference. */
function rounded(row: EvidenceRow): EvidenceRow {
  return JSON.parse(
    JSON.stringify(row, (_, value: unknown) => (typeof value === "number" ? Math.round(value * 10) / 10 : value)),
  ) as EvidenceRow;
}

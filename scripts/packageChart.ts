/**
 * Packages the chart for a release, with the published image and the URL of the runbook.
 *
 *     node scripts/packageChart.ts --repository ghcr.io/OWNER/linkerd-failover --source https://…/v1.2.3 --destination dist/chart
 *
 * The alerts link to docs/runbook.md below `--source`.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseDocument } from "yaml";
import { findTool } from "./tools/findTool.ts";

const PACKAGE_TIME_LIMIT_MS = 60_000;

const { values } = parseArgs({ options: { repository: { type: "string" }, source: { type: "string" }, destination: { type: "string" } } });
const { repository, source, destination } = values;
if (repository === undefined || source === undefined || destination === undefined)
  throw new Error("usage: packageChart.ts --repository IMAGE --source URL --destination FOLDER");
const helm = findTool("helm");
if (helm === null) throw new Error("helm was not found");

const folder = mkdtempSync(join(tmpdir(), "linkerd-failover-chart-"));
try {
  const chart = join(folder, "linkerd-failover");
  cpSync(join(import.meta.dirname, "../charts/linkerd-failover"), chart, { recursive: true });
  const file = join(chart, "values.yaml");
  const document = parseDocument(readFileSync(file, "utf8"));
  document.setIn(["image", "repository"], repository);
  document.setIn(["alerts", "runbookUrl"], `${source}/docs/runbook.md`);
  writeFileSync(file, document.toString({ lineWidth: 0 }));
  mkdirSync(destination, { recursive: true });
  execFileSync(helm, ["package", chart, "--destination", destination], { stdio: "inherit", timeout: PACKAGE_TIME_LIMIT_MS });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Packages the chart for a release, with the published image.
 *
 *     node scripts/packageChart.ts --repository ghcr.io/OWNER/linkerd-failover --destination dist/chart
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseDocument } from "yaml";
import { findTool } from "./tools/findTool.ts";

const PACKAGE_TIME_LIMIT_MS = 60_000;

const { values } = parseArgs({ options: { repository: { type: "string" }, destination: { type: "string" } } });
const { repository, destination } = values;
if (repository === undefined || destination === undefined)
  throw new Error("usage: packageChart.ts --repository IMAGE --destination FOLDER");
const helm = findTool("helm");
if (helm === null) throw new Error("helm was not found");

const folder = mkdtempSync(join(tmpdir(), "linkerd-failover-chart-"));
try {
  const chart = join(folder, "linkerd-failover");
  cpSync(join(import.meta.dirname, "../charts/linkerd-failover"), chart, { recursive: true });
  const file = join(chart, "values.yaml");
  const document = parseDocument(readFileSync(file, "utf8"));
  document.setIn(["image", "repository"], repository);
  writeFileSync(file, document.toString({ lineWidth: 0 }));
  mkdirSync(destination, { recursive: true });
  execFileSync(helm, ["package", chart, "--destination", destination], { stdio: "inherit", timeout: PACKAGE_TIME_LIMIT_MS });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

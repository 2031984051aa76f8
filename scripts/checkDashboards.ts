import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { prometheusRule, rulesFile } from "../dashboards/alertFiles.ts";
import { dashboardJson } from "../dashboards/dashboard.ts";

/** The files that are generated from the metrics table, the panels and the alerts. */
const FILES: Readonly<Record<string, () => string>> = {
  "dashboards/linkerd-failover.json": dashboardJson,
  "dashboards/alerts.yaml": rulesFile,
  "dashboards/prometheus-rule.yaml": prometheusRule,
};

const root = new URL("../", import.meta.url);
const write = process.argv.includes("--write");
const stale: string[] = [];
for (const [path, render] of Object.entries(FILES)) {
  const file = new URL(path, root);
  const wanted = render();
  if (existsSync(file) && readFileSync(file, "utf8") === wanted) continue;
  stale.push(path);
  if (write) writeFileSync(file, wanted);
}
if (stale.length > 0) console.log(`${write ? "written" : "out of date (npm run dashboards writes them)"}: ${stale.join(", ")}`);
process.exitCode = write || stale.length === 0 ? 0 : 1;

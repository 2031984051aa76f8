import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { prometheusRule, rulesFile } from "../dashboards/alertFiles.ts";
import { dashboardJson } from "../dashboards/dashboard.ts";

/** The files that are renderings of the metrics table, of the panels and of the alerts. */
const FILES: Readonly<Record<string, () => string>> = {
  "linkerd-failover.json": dashboardJson,
  "alerts.yaml": rulesFile,
  "prometheus-rule.yaml": prometheusRule,
};
/** Helm packs only what lies in the chart, so the chart has copies, by the names that its templates know. */
const COPIES: Readonly<Record<string, string>> = { "dashboard.json": "linkerd-failover.json", "alerts.yaml": "alerts.yaml" };

const root = new URL("../", import.meta.url);
const ours = Object.keys(FILES).map((name) => ({ name, path: `dashboards/${name}` }));
const chart = existsSync(new URL("charts/linkerd-failover/files", root));
const copies = chart ? Object.entries(COPIES).map(([copy, name]) => ({ name, path: `charts/linkerd-failover/files/${copy}` })) : [];

const write = process.argv.includes("--write");
const stale: string[] = [];
for (const { name, path } of [...ours, ...copies]) {
  const file = new URL(path, root);
  const wanted = FILES[name]?.() ?? "";
  if (existsSync(file) && readFileSync(file, "utf8") === wanted) continue;
  stale.push(path);
  if (write) writeFileSync(file, wanted);
}
if (stale.length > 0) console.log(`${write ? "written" : "out of date (npm run dashboards writes them)"}: ${stale.join(", ")}`);
process.exitCode = write || stale.length === 0 ? 0 : 1;

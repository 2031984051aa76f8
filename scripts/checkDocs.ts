import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { metricsDocs } from "../src/admin/metricsTable.ts";
import { commandDocs } from "../src/cli/output/commandDocs.ts";
import { createProgram } from "../src/cli/program.ts";
import { modesDocs, sourcesDocs, versionsDocs } from "../src/linkerd/compatibilityDocs.ts";
import { rulesTable } from "../src/rules/rulesTable.ts";
import { chartFiles, withVersion } from "./chart/chartFiles.ts";
import { valuesTable } from "./chart/valuesTable.ts";
import { type Evidence, evidenceTable } from "./evidenceTable.ts";
import { replaceBlock } from "./generatedBlock.ts";
import { phaseDiagram, phaseTable } from "./phaseDocs.ts";
import { rbacManifests } from "./rbacManifests.ts";
import { type PlayedWorld, regretTable } from "./regretTable.ts";
import { type Played, reliabilityTable } from "./reliabilityTable.ts";
import { dampingTable, detectionTable, falseAlarmTable, requestsTable } from "./tuningDocs.ts";

/** The blocks in our docs that are generated from the code. */
const BLOCKS: readonly { readonly file: string; readonly block: string; readonly render: () => string }[] = [
  { file: "docs/cli.md", block: "commands", render: () => commandDocs(createProgram()) },
  { file: "docs/metrics.md", block: "metrics", render: metricsDocs },
  { file: "docs/compatibility.md", block: "versions", render: versionsDocs },
  { file: "docs/compatibility.md", block: "sources", render: sourcesDocs },
  { file: "docs/compatibility.md", block: "modes", render: modesDocs },
  { file: "docs/rules.md", block: "rules", render: rulesTable },
  { file: "docs/reliability.md", block: "faults", render: () => reliabilityTable(playedFaults()) },
  { file: "docs/reliability.md", block: "regret", render: () => regretTable(JSON.parse(readRoot("docs/regret.json")) as PlayedWorld) },
  { file: "docs/evidence.md", block: "evidence", render: () => evidenceTable(JSON.parse(readRoot("docs/evidence.json")) as Evidence) },
  {
    file: "charts/linkerd-failover/README.md",
    block: "values",
    render: () => valuesTable(readRoot("charts/linkerd-failover/values.yaml")),
  },
  { file: "docs/concepts.md", block: "phase diagram", render: phaseDiagram },
  { file: "docs/concepts.md", block: "phase table", render: phaseTable },
  { file: "docs/tuning.md", block: "detection", render: detectionTable },
  { file: "docs/tuning.md", block: "requests", render: requestsTable },
  { file: "docs/tuning.md", block: "false alarms", render: falseAlarmTable },
  { file: "docs/tuning.md", block: "damping", render: dampingTable },
];

/** The results of the last `npm run reliability`. */
function playedFaults(): Played {
  return JSON.parse(readFileSync(new URL("../docs/reliability.json", import.meta.url), "utf8")) as Played;
}

const write = process.argv.includes("--write");
const stale: string[] = [];

function readRoot(file: string): string {
  return readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
}

function keepUp(file: string, wantedOf: (now: string) => string): void {
  const path = new URL(`../${file}`, import.meta.url);
  const now = existsSync(path) ? readFileSync(path, "utf8") : "";
  const wanted = wantedOf(now);
  if (wanted === now) return;
  stale.push(file);
  if (write) writeFileSync(path, wanted);
}

for (const { file, block, render } of BLOCKS) keepUp(file, (now) => replaceBlock(now, block, render()));
for (const { file, text } of [...rbacManifests(), ...chartFiles()]) keepUp(file, () => text);
keepUp("charts/linkerd-failover/Chart.yaml", withVersion);
if (stale.length > 0) console.log(`${write ? "written" : "out of date (npm run docs writes them)"}: ${stale.join(", ")}`);
process.exitCode = write || stale.length === 0 ? 0 : 1;

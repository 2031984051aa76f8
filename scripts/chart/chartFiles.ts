import { readFileSync } from "node:fs";
import { stringify } from "yaml";
import { chartRights } from "../rbacManifests.ts";
import { FOREIGN_VALUES, valuesJsonSchema } from "./valuesSchema.ts";

const CHART = "charts/linkerd-failover";

/** Files that are copied into the chart, because helm reads no files outside its folder. */
const COPIES = [
  { from: "dashboards/linkerd-failover.json", to: "files/dashboard.json" },
  { from: "dashboards/alerts.yaml", to: "files/alerts.yaml" },
] as const;

/** The generated files of the chart. */
export function chartFiles(): readonly { readonly file: string; readonly text: string }[] {
  const { onRoutes, atHome } = chartRights();
  return [
    { file: `${CHART}/values.schema.json`, text: `${JSON.stringify(valuesJsonSchema(), null, 2)}\n` },
    { file: `${CHART}/files/foreign-values.yaml`, text: stringify(FOREIGN_VALUES) },
    { file: `${CHART}/files/rights-on-routes.yaml`, text: onRoutes },
    { file: `${CHART}/files/rights-at-home.yaml`, text: atHome },
    ...COPIES.map(({ from, to }) => ({ file: `${CHART}/${to}`, text: readFileSync(fromRoot(from), "utf8") })),
  ];
}

/** Chart.yaml with the version of package.json. */
export function withVersion(chartYaml: string): string {
  const { version } = JSON.parse(readFileSync(fromRoot("package.json"), "utf8")) as { version: string };
  return chartYaml.replaceAll(/^((?:app)?[vV]ersion): .*$/gm, (_line, key: string) => `${key}: ${version}`);
}

function fromRoot(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}

import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseAllDocuments } from "yaml";
import { realTool } from "../real/harness/realTools.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Long, because an uninstall waits for the chart's hooks. */
const HELM_TIME_LIMIT_MS = 150_000;

export const CHART = join(ROOT, "charts/linkerd-failover");
/** The version that the charts are rendered for. */
export const KUBERNETES = "1.34.0";
/** The values that the tests render the chart with, each a file in `values/`. */
export const VALUE_FILES = ["default", "namespaced", "elsewhere", "monitored", "fenced", "far", "every"] as const;
/** The value files for users, each with its path. */
export const EXAMPLE_VALUES = readdirSync(join(ROOT, "examples/values")).map(
  (file) => [file, join(ROOT, "examples/values", file)] as const,
);

export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** The other parts of the object, which depend on its kind. */
  readonly [part: string]: ReturnType<typeof JSON.parse>;
}

export interface HelmAnswer {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs helm and returns its exit code and output. */
export async function helm(...args: readonly string[]): Promise<HelmAnswer> {
  const child = spawn(realTool("helm"), args, { stdio: ["ignore", "pipe", "pipe"], timeout: HELM_TIME_LIMIT_MS });
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

/** `helm template` for a cluster of today. A helm that was built without a version of Kubernetes would take it for 1.20. */
export async function template(chart: string, ...args: readonly string[]): Promise<HelmAnswer> {
  return helm("template", "linkerd-failover", chart, "--kube-version", KUBERNETES, ...args);
}

/** Path of a copy of the chart with these files added or replaced. */
export function chartWith(folder: string, files: Readonly<Record<string, string>>): string {
  const chart = mkdtempSync(join(folder, "chart-"));
  cpSync(CHART, chart, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(chart, file), text);
  return chart;
}

/** Settings that render `files/dashboard.json` and `files/alerts.yaml`. */
export const WITH_FILES = ["dashboard.create", "alerts.prometheusRule.create", "alerts.configMap.create"].flatMap((name) => [
  "--set",
  `${name}=true`,
]);

export function valuesFile(name: (typeof VALUE_FILES)[number]): string {
  return join(ROOT, `test/charts/values/${name}.yaml`);
}

/** All objects that the chart renders with these settings, sorted by kind and name. Throws if helm fails. */
export async function render(settings: readonly string[], chart = CHART): Promise<readonly Rendered[]> {
  const { code, out, err } = await template(chart, "-n", "linkerd-failover", ...settings);
  if (code !== 0) throw new Error(err);
  const key = ({ kind, metadata }: Rendered) => `${kind} ${metadata.namespace ?? ""} ${metadata.name}`;
  return parseAllDocuments(out)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null)
    .toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

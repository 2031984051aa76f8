import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { render } from "../charts/helm.ts";
import { realTool, realTools } from "../real/harness/realTools.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/install.md"), "utf8");
const VALUES: unknown = parse(readFileSync(join(ROOT, "charts/linkerd-failover/values.yaml"), "utf8"));
const VIZ_FILE = readFileSync(join(ROOT, "deploy/viz-prometheus.yaml"), "utf8");
const SLOW_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), "linkerd-failover-install-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Whether the chart has a default at this path. */
function isValue(path: string): boolean {
  const value = path.split(".").reduce((at: unknown, key) => (at as Record<string, unknown> | undefined)?.[key], VALUES);
  return value !== undefined;
}

describe("docs/install.md", () => {
  it("sets only values that the chart has", () => {
    const flags = [...PAGE.matchAll(/--set ([^\s`]+)/g)].flatMap(([, text = ""]) => text.split(","));
    const named = [...PAGE.matchAll(/`([a-z][A-Za-z]+(?:\.[A-Za-z]+)+)(=\w+)?`/g)].map(([, path = ""]) => path);
    const paths = [...flags.map((flag) => flag.split("=")[0] ?? ""), ...named];
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !isValue(path))).toEqual([]);
  });

  it("links only to what is there", () => {
    const links = [...PAGE.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = ""]) => path);
    expect(links.filter((path) => !existsSync(join(ROOT, "docs", path)))).toEqual([]);
  });
});

const helmThere = realTools("helm");

describe.skipIf(helmThere.absent)(`${helmThere.title("docs/install.md, to helm,")}`, () => {
  const blocks = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = ""]) => yaml);

  it.each(blocks.map((yaml, i) => [i, yaml] as const))("shows values that it takes, %i", { timeout: SLOW_MS }, async (i, yaml) => {
    const file = join(folder, `${i}.yaml`);
    writeFileSync(file, yaml);
    expect((await render(["-f", file])).length).toBeGreaterThan(5);
  });

  it("shows blocks at all", () => expect(blocks.length).toBeGreaterThanOrEqual(3));

  it("and deploy/viz-prometheus.yaml find what the chart makes", { timeout: SLOW_MS }, async () => {
    const { prometheus } = parse(VIZ_FILE) as VizValues;
    const objects = await render(["--set", "watchNamespaces={shop}"]);
    const pod = objects.find(({ kind }) => kind === "Deployment")?.spec.template;
    const { "app.kubernetes.io/name": name, "app.kubernetes.io/component": component } = pod.metadata.labels;
    const seen = [name, component, pod.spec.containers[0].ports[0].name].join(";");
    expect(prometheus.scrapeConfigs[0]?.relabel_configs[0]?.regex).toBe(seen);
    const chart = readFileSync(join(ROOT, "charts/linkerd-failover/templates/alerts.yaml"), "utf8");
    expect(chart).toContain(`  ${prometheus.ruleConfigMapMounts[0]?.subPath}: |`);
  });
});

interface VizValues {
  readonly prometheus: {
    readonly scrapeConfigs: readonly { readonly relabel_configs: readonly { readonly regex: string }[] }[];
    readonly ruleConfigMapMounts: readonly { readonly subPath: string }[];
  };
}

const promtoolThere = realTools("promtool");

describe.skipIf(promtoolThere.absent)(`${promtoolThere.title("deploy/viz-prometheus.yaml")}`, () => {
  it("has a scrape config that Prometheus takes", { timeout: SLOW_MS }, () => {
    const { prometheus } = parse(VIZ_FILE) as VizValues;
    const file = join(folder, "prometheus.yml");
    writeFileSync(file, stringify({ scrape_configs: prometheus.scrapeConfigs }));
    expect(execFileSync(realTool("promtool"), ["check", "config", file], { encoding: "utf8" })).toContain("SUCCESS");
  });
});

import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { parseRules } from "../../src/rules/parseRules.ts";
import { realTools } from "../real/harness/realTools.ts";
import { type Rendered, render } from "./helm.ts";

const DEPLOY = join(import.meta.dirname, "../../deploy");
const HEADER =
  "# As the chart renders it without values. Generated from it: `UPDATE_GOLDENS=1 npx vitest run --project unit test/charts`.\n";
/** Helm and kubectl can take seconds on a busy machine. */
const SLOW_MS = 60_000;
const UPDATES = process.env["UPDATE_GOLDENS"] === "1";
const FILES = { "controller.yaml": ["Deployment", "PodDisruptionBudget", "Service"], "viz-policy.yaml": ["AuthorizationPolicy"] } as const;

/** Of the fast lane. */
const FAST_LANE_KINDS = ["ClusterRole", "ClusterRoleBinding", "ConfigMap", "Deployment", "Service", "ServiceAccount"];

/** The object without what only helm needs. */
function withoutHelm(object: Rendered): unknown {
  return JSON.parse(JSON.stringify(object), (key, value) => (key === "helm.sh/chart" || value === "Helm" ? undefined : value));
}

const tools = realTools("helm");

describe.skipIf(tools.absent)(`${tools.title("deploy/")}`, { timeout: SLOW_MS }, () => {
  it.each(Object.entries(FILES))("%s has what the chart renders", async (file, kinds) => {
    const objects = (await render([])).filter(({ kind }) => (kinds as readonly string[]).includes(kind)).map(withoutHelm);
    expect(objects).toHaveLength(kinds.length);
    const text = HEADER + objects.map((object) => stringify(object, { lineWidth: 0 })).join("---\n");
    if (UPDATES) writeFileSync(join(DEPLOY, file), text);
    expect(readFileSync(join(DEPLOY, file), "utf8")).toBe(text);
  });

  it("fast-lane/prometheus.yaml has what the chart renders with the fast lane", async () => {
    const objects = await render(["--set", "fastLane.enabled=true"]);
    const own = objects.filter(({ metadata }) => metadata.name.endsWith("fast-lane"));
    expect(own.map(({ kind }) => kind).toSorted()).toEqual(FAST_LANE_KINDS);
    const text = `${HEADER.replace("without values", "with fastLane.enabled=true")}${own.map((one) => stringify(withoutHelm(one), { lineWidth: 0 })).join("---\n")}`;
    if (UPDATES) writeFileSync(join(DEPLOY, "fast-lane/prometheus.yaml"), text);
    expect(readFileSync(join(DEPLOY, "fast-lane/prometheus.yaml"), "utf8")).toBe(text);
  });

  it("fast-lane/controller.yaml adds the environment that the chart adds with the fast lane", async () => {
    const envOf = async (...settings: readonly string[]) => {
      const deployment = (await render(settings)).find(
        ({ kind, metadata }) => kind === "Deployment" && !metadata.name.endsWith("fast-lane"),
      );
      return deployment?.["spec"].template.spec.containers[0].env as readonly { readonly name: string }[];
    };
    const known = new Set((await envOf()).map(({ name }) => name));
    const added = (await envOf("--set", "fastLane.enabled=true")).filter(({ name }) => !known.has(name));
    const patch = parseAllDocuments(readFileSync(join(DEPLOY, "fast-lane/controller.yaml"), "utf8"))[0]?.toJS();
    expect(patch.spec.template.spec.containers[0].env).toEqual(added);
  });

  it("has valid rules", () => {
    expect(parseRules(readFileSync(join(DEPLOY, "rules.yaml"), "utf8"), "rules.yaml").ok).toBe(true);
  });
});

const kubectl = await promisify(execFile)("kubectl", ["kustomize", DEPLOY], { timeout: SLOW_MS }).catch(() => null);

describe.skipIf(kubectl === null)(`kubectl kustomize deploy${kubectl === null ? " (no kubectl)" : ""}`, () => {
  it("builds everything that the chart installs, and the restore hook is the only difference", async () => {
    const built = parseAllDocuments(kubectl?.stdout ?? "").map((document) => document.toJS() as Rendered);
    const name = ({ kind, metadata }: Rendered) => `${kind} ${metadata.namespace ?? ""} ${metadata.name.replace(/-home$/, "")}`;
    const charts = (await render([])).filter(({ metadata }) => metadata.annotations?.["helm.sh/hook"] === undefined);
    expect(
      built
        .map(name)
        .filter((one) => !one.startsWith("Namespace"))
        .toSorted(),
    ).toEqual(charts.map(name).toSorted());
  });
});

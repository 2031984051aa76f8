import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { parseRules } from "../../src/rules/parseRules.ts";
import { realTools } from "../real/harness/realTools.ts";
import {
  CHART,
  chartWith,
  EXAMPLE_VALUES,
  helm,
  KUBERNETES,
  type Rendered,
  render,
  template,
  VALUE_FILES,
  valuesFile,
  WITH_FILES,
} from "./helm.ts";

/** Helm can take seconds on a busy machine. */
const SLOW_MS = 60_000;
const GOLDENS = join(import.meta.dirname, "goldens");
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as { version: string };
const UPDATES = process.env.UPDATE_GOLDENS === "1";

const tools = realTools("helm");

describe.skipIf(tools.absent)(`${tools.title("the chart")}`, { timeout: SLOW_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), "linkerd-failover-chart-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  const rendered = (name: (typeof VALUE_FILES)[number]) => render(["-f", valuesFile(name)]);

  it.each(VALUE_FILES)("passes a strict lint and renders the golden file with the values '%s'", async (name) => {
    expect(await helm("lint", "--strict", CHART, "--kube-version", KUBERNETES, "-f", valuesFile(name))).toMatchObject({ code: 0 });
    const text = (await rendered(name))
      .map((object) => stringify(object, { lineWidth: 0 }))
      .join("---\n")
      .replaceAll(version, "VERSION");
    const golden = join(GOLDENS, `${name}.yaml`);
    if (UPDATES) writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, "utf8"));
  });

  it.each(VALUE_FILES)("puts the rules of '%s' into the ConfigMap unchanged", async (name) => {
    const given = (parse(readFileSync(valuesFile(name), "utf8")) as { rules?: unknown } | null)?.rules ?? {
      version: 1,
      rules: [{ name: "default" }],
    };
    const map = (await rendered(name)).find(({ kind, data }) => kind === "ConfigMap" && data["rules.yaml"] !== undefined);
    expect(parse(map?.data["rules.yaml"])).toEqual(given);
    expect(parseRules(map?.data["rules.yaml"], "rules.yaml").ok).toBe(true);
  });

  it.each(EXAMPLE_VALUES)("passes a strict lint and renders with examples/values/%s", async (_file, path) => {
    expect(await helm("lint", "--strict", CHART, "--kube-version", KUBERNETES, "-f", path)).toMatchObject({ code: 0 });
    expect((await render(["-f", path])).map(({ kind }) => kind)).toContain("Deployment");
  });

  it("leaves out each part of a security context that is null", async () => {
    const specOf = async (...settings: string[]) => {
      const pod = (await render(settings)).find(({ kind }) => kind === "Deployment")?.spec.template.spec;
      return [pod.securityContext, pod.containers[0].securityContext];
    };
    const [pods, containers] = await specOf();
    expect(pods.runAsUser).toBe(65532);
    expect(await specOf("--set", "podSecurityContext=null,securityContext=null")).toEqual([undefined, undefined]);
    const { runAsUser: _user, ...others } = pods;
    expect(await specOf("--set", "podSecurityContext.runAsUser=null")).toEqual([others, containers]);
  });

  it("spreads the replicas of one revision over nodes, also by anti-affinity where the cluster knows that", async () => {
    const specAt = async (version: string) =>
      (await render(["--kube-version", version])).find(({ kind }) => kind === "Deployment")?.spec.template.spec;
    const newer = await specAt("1.31.0");
    const older = await specAt("1.30.9");
    const term = (spec: Rendered) => spec["affinity"].podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm;
    expect(term(newer).matchLabelKeys).toEqual(["pod-template-hash"]);
    expect(term(older).matchLabelKeys).toBeUndefined();
    for (const spec of [newer, older])
      expect(spec.topologySpreadConstraints).toContainEqual(
        expect.objectContaining({ topologyKey: "kubernetes.io/hostname", matchLabelKeys: ["pod-template-hash"] }),
      );
  });

  it("changes alerts by name, and refuses a name that is none", async () => {
    const rulesOf = async (...settings: string[]) => {
      const rule = (await render(["--set", "alerts.prometheusRule.create=true", ...settings])).find(
        ({ kind }) => kind === "PrometheusRule",
      );
      const groups: { rules: { alert: string; for?: string; labels: object }[] }[] = rule?.spec.groups ?? [];
      return groups.flatMap(({ rules }) => rules);
    };
    const all = await rulesOf();
    const changed = await rulesOf(
      ...["--set", "alerts.settings.LinkerdFailoverTrafficShifted.enabled=false,alerts.labels.team=mesh"],
      ...["--set", "alerts.settings.LinkerdFailoverNothingFit.for=5m,alerts.settings.LinkerdFailoverNothingFit.severity=page"],
    );
    expect(changed).toEqual(
      all
        .filter(({ alert }) => alert !== "LinkerdFailoverTrafficShifted")
        .map((rule) => {
          const own = rule.alert === "LinkerdFailoverNothingFit" ? { for: "5m", labels: { severity: "page" } } : { labels: {} };
          return { ...rule, ...own, labels: { ...rule.labels, team: "mesh", ...own.labels } };
        }),
    );
    const { code, err } = await template(CHART, "--set", "alerts.settings.LinkerdFailoverNothing.enabled=false");
    expect([code, err]).toEqual([1, expect.stringContaining("LinkerdFailoverNothing")]);
  });

  it("does not change the pods when the rules change", async () => {
    const podsOf = async (...settings: string[]) => (await render(settings)).find(({ kind }) => kind === "Deployment")?.spec.template;
    const pods = await podsOf();
    expect(await podsOf("--set", "rules.rules[0].name=other")).toEqual(pods);
    expect(await podsOf("--set", "dryRun=true")).not.toEqual(pods);
  });

  it.each([
    ["an unknown key", "replica=3", "replica"],
    ["a log level of another program", "logLevel=linkerd=info\\,warn", "logLevel"],
    ["an unknown key deep in the rules", "rules.rules[0].signals.readiness.minredy=1", "minredy"],
    ["an invalid duration", "rules.rules[0].failAfter=10 s", "failAfter"],
    ["an interval that is too short", "interval=499ms", "interval"],
    ["an interval that is too long", "interval=5m1s", "interval"],
    ["a namespace twice", "watchNamespaces={shop,shop}", "watchNamespaces"],
    ["a login in a URL", "prometheus.url=http://me:secret@prometheus:9090", "url"],
    ["a query string in a URL", "prometheus.url=http://prometheus:9090?a=b", "url"],
    ["a header with a line break", "prometheus.headers.X-A=a\nb", "headers"],
    ["two CAs", "prometheus.url=https://p,prometheus.ca.configMapName=a,prometheus.ca.secretName=b", "not both"],
    ["a CA without https", "prometheus.ca.configMapName=a", "https"],
    ["two logins", "prometheus.bearerToken.secretName=a,prometheus.basicAuth.username=b,prometheus.basicAuth.secretName=c", "not both"],
    ["another chart's name of a value", "replicaCount=3", "replicaCount is called replicas in this chart"],
    ["a digest that is none", "image.digest=latest", "digest"],
    ["an Ingress without a host", "ingress.enabled=true", "ingress.host is needed"],
    ["a route without a Gateway", "httpRoute.enabled=true", "httpRoute.parentRefs is needed"],
    ["a user without a password", "prometheus.basicAuth.username=b", "secretName"],
  ])("refuses %s", async (_what, setting, said) => {
    const { code, err } = await template(CHART, "--set", setting);
    expect([code, err]).toEqual([1, expect.stringContaining(said)]);
  });

  it("rejects podLabels that replace the chart's own labels, which its selectors use", async () => {
    const pods = (await rendered("default")).find(({ kind }) => kind === "Deployment")?.spec.template;
    const own = Object.keys(pods.metadata.labels);
    expect(own).toContain("app.kubernetes.io/component");
    for (const label of own) {
      const setting = `podLabels.${label.replaceAll(".", "\\.")}=mine`;
      const { code, err } = await template(CHART, "--set", setting);
      expect([label, code, err]).toEqual([label, 1, expect.stringContaining("podLabels")]);
    }
  });

  it("creates no policy without a Prometheus", async () => {
    expect((await render(["--set", "prometheus.url="])).filter(({ kind }) => kind === "AuthorizationPolicy")).toEqual([]);
  });

  it("gives two releases of the same name different objects outside their namespaces", async () => {
    const outside = async (namespace: string) =>
      (await render(["-n", namespace]))
        .filter(({ metadata }) => metadata.namespace !== namespace)
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const [one, other] = [await outside("linkerd-failover"), await outside("elsewhere")];
    expect(one).toContain("ClusterRole linkerd-failover");
    expect(other).toContain("ClusterRole linkerd-failover-elsewhere");
    expect(one.filter((name) => other.includes(name))).toEqual([]);
  });

  it("takes dashboard and alerts from its files, and fails if the chart was built without them", async () => {
    const [alerts, dashboard] = ["alerts.yaml", "dashboard.json"].map((file) => readFileSync(join(CHART, "files", file), "utf8"));
    const objects = await render(WITH_FILES);
    const dataOf = (name: string) => objects.find(({ metadata }) => metadata.name === name)?.data as Record<string, string>;
    expect(objects.find(({ kind }) => kind === "PrometheusRule")?.spec).toEqual(parse(alerts ?? ""));
    expect(parse(dataOf("linkerd-failover-alerts")["linkerd-failover_rules.yml"] ?? "")).toEqual(parse(alerts ?? ""));
    expect(dataOf("linkerd-failover-dashboard")["linkerd-failover.json"]?.trim()).toBe(dashboard?.trim());
    expect(objects.find(({ metadata }) => metadata.labels.grafana_dashboard === "1")?.kind).toBe("ConfigMap");
    for (const file of ["files/alerts.yaml", "files/dashboard.json"])
      await expect(render(WITH_FILES, chartWith(folder, { [file]: "" }))).rejects.toThrow("this chart was built without files/");
  });

  it("links alerts to the runbook at a given URL", async () => {
    const page = "https://wiki.example/failover";
    const objects = await render([...WITH_FILES, "--set", `alerts.runbookUrl=${page}`]);
    const inFile = parse(readFileSync(join(CHART, "files/alerts.yaml"), "utf8").replaceAll("docs/runbook.md", page));
    expect(JSON.stringify(inFile)).toContain(`"${page}#linkerdfailovernoleader"`);
    expect(objects.find(({ kind }) => kind === "PrometheusRule")?.spec).toEqual(inFile);
    const map = objects.find(({ metadata }) => metadata.name === "linkerd-failover-alerts");
    expect(parse(map?.data["linkerd-failover_rules.yml"])).toEqual(inFile);
    const { code, err } = await template(CHART, "--set", "alerts.runbookUrl=docs/runbook.md");
    expect([code, err]).toEqual([1, expect.stringContaining("runbookUrl")]);
  });

  it("notes the next commands, and the last one is check", async () => {
    // Helm shows notes only during an install; as a template they render the same.
    const notes = readFileSync(join(CHART, "templates/NOTES.txt"), "utf8");
    const chart = chartWith(folder, {
      "templates/notes.yaml": `notes: |\n  {{- include "notes" . | nindent 2 }}\n`,
      "templates/_notes.tpl": `{{ define "notes" }}${notes}{{ end }}`,
    });
    const said = async (...settings: string[]) => {
      const { out } = await template(chart, "-n", "mesh", "-s", "templates/notes.yaml", ...settings);
      return (parse(out) as { notes: string }).notes;
    };
    expect((await said()).match(/^ {2}kubectl .*$/gm)).toEqual([
      "  kubectl -n mesh rollout status deployment/linkerd-failover",
      "  kubectl -n NAMESPACE label httproute NAME failover.linkerd.io/controlled-by=linkerd-failover",
      "  kubectl -n mesh port-forward service/linkerd-failover 8080",
      "  kubectl -n mesh exec deployment/linkerd-failover -c controller -- /nodejs/bin/node /app/linkerd-failover.js check",
    ]);
    expect(await said("--set", "prometheus.url=,selector=a=b")).toMatch(/httproute NAME a=b[\s\S]*readiness alone decides/);
  });
});

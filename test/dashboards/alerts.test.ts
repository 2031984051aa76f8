import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { prometheusRule, rulesFile, runbookLink } from "../../dashboards/alertFiles.ts";
import { ALERT_GROUPS } from "../../dashboards/alerts.ts";
import { allBelow } from "../../src/cli/output/commandDocs.ts";
import { createProgram } from "../../src/cli/program.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const ALERTS = ALERT_GROUPS.flatMap(({ alerts }) => alerts);
const NAMES = ALERTS.map(({ name }) => name);

interface Cases {
  readonly tests: readonly {
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
  }[];
}

/** The anchors of a page's headings. */
function anchorsOf(page: string): readonly string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading.toLowerCase().replaceAll(" ", "-"));
}

describe("the alerts", () => {
  it("have unique names that begin with the project's name", () => {
    expect(new Set(NAMES).size).toBe(NAMES.length);
    expect(NAMES.filter((name) => !/^LinkerdFailover[A-Z]\w+$/.test(name))).toEqual([]);
  });

  it("each fire in one test and do not fire in another", () => {
    const cases = (parse(read("dashboards/alerts.test.yaml")) as Cases).tests.flatMap((test) => test.alert_rule_test);
    const tested = (fires: boolean) =>
      new Set(cases.filter(({ exp_alerts }) => exp_alerts.length > 0 === fires).map(({ alertname }) => alertname));
    expect(NAMES.filter((name) => !tested(true).has(name))).toEqual([]);
    expect(NAMES.filter((name) => !tested(false).has(name))).toEqual([]);
    expect(cases.filter(({ alertname }) => !NAMES.includes(alertname))).toEqual([]);
  });

  it("are the same for Prometheus and for the Prometheus Operator", () => {
    expect(parse(prometheusRule()).spec).toEqual(parse(rulesFile()));
  });

  it("have a severity, a summary, a description and a link to the runbook", () => {
    const rules = (parse(rulesFile()) as { groups: { rules: { labels: { severity: string }; annotations: object }[] }[] }).groups.flatMap(
      (group) => group.rules,
    );
    for (const { labels, annotations } of rules) {
      expect(["critical", "warning", "info"]).toContain(labels.severity);
      expect(Object.keys(annotations)).toEqual(["summary", "description", "runbook_url"]);
    }
  });
});

describe("docs/runbook.md", () => {
  const page = read("docs/runbook.md");
  const sections = [...page.matchAll(/^## (.+)\n([\s\S]*?)(?=^## |$(?![\s\S]))/gm)].map(([, name = "", text = ""]) => ({ name, text }));

  it("has a section for each alert and an alert for each section, in the same order", () => {
    expect(sections.map(({ name }) => name)).toEqual(NAMES);
  });

  it("has the anchors that the alerts link to", () => {
    for (const alert of ALERTS) {
      const [path = "", anchor = ""] = runbookLink(alert).split("#");
      expect(anchorsOf(read(path))).toContain(anchor);
    }
  });

  it.each(sections)("$name: says what users feel, what to check, what to do and when to ignore it", ({ text }) => {
    for (const part of ["**Users feel**", "**Check.**", "**Do.**", "**Ignore**"]) expect(text).toContain(part);
  });

  it("names only commands and flags that exist", () => {
    const [, block = ""] = /```sh\n([\s\S]*?)```/.exec(page) ?? [];
    const inline = [...page.replace(`\`\`\`sh\n${block}\`\`\``, "").matchAll(/`([^`]+)`/g)].map(([, text = ""]) =>
      text.replaceAll("\n", " "),
    );
    const calls = [...block.split("\n"), ...inline].filter((text) => /^linkerd-failover [a-z]/.test(text)).map((text) => text.split(/ +/));
    const commands = new Map(
      allBelow(createProgram()).map((command) => [command.name(), command.options.flatMap(({ long }) => long ?? [])]),
    );
    expect(calls.length).toBeGreaterThan(10);
    expect(calls.filter(([, name = ""]) => !commands.has(name))).toEqual([]);
    const unknown = calls.flatMap(([, name = "", ...rest]) =>
      rest.filter((word) => word.startsWith("--") && commands.get(name)?.includes(word) !== true),
    );
    expect(unknown).toEqual([]);
  });
});

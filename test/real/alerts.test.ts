import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { realTool, realTools } from "./harness/realTools.ts";

const FOLDER = join(import.meta.dirname, "../../dashboards");
const TIME_LIMIT_MS = 60_000;

const tools = realTools("promtool");
const promtool = async (...args: readonly string[]): Promise<string> => {
  const { stdout, stderr } = await promisify(execFile)(realTool("promtool"), args, { cwd: FOLDER, timeout: TIME_LIMIT_MS });
  return stdout + stderr;
};

describe.skipIf(tools.absent)(`${tools.title("the alerts, as promtool reads them")}`, () => {
  it("are rules that Prometheus takes, and of which its linter has nothing to say", async () => {
    expect(await promtool("check", "rules", "--lint=all", "--lint-fatal", "alerts.yaml")).toContain("11 rules found");
  });

  it("fire when they should, and only then", async () => {
    expect(await promtool("test", "rules", "alerts.test.yaml")).toContain("SUCCESS");
  });

  it("have their metrics scraped as docs/metrics.md says, in Prometheus' own words", async () => {
    const page = readFileSync(join(FOLDER, "../docs/metrics.md"), "utf8");
    const [, values = ""] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const { scrapeConfigs } = (parse(values) as { prometheus: { scrapeConfigs: string } }).prometheus;
    const folder = mkdtempSync(join(tmpdir(), "linkerd-failover-scrape-"));
    try {
      writeFileSync(join(folder, "prometheus.yml"), `scrape_configs:\n${scrapeConfigs}`);
      expect(await promtool("check", "config", join(folder, "prometheus.yml"))).toContain("SUCCESS");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

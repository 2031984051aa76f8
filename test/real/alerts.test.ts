import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { realTool, realTools } from "./harness/realTools.ts";

const FOLDER = join(import.meta.dirname, "../../dashboards");
const TIME_LIMIT_MS = 60_000;

const tools = realTools("promtool");
const promtool = async (...args: readonly string[]): Promise<string> => {
  const { stdout, stderr } = await promisify(execFile)(realTool("promtool"), args, { cwd: FOLDER, timeout: TIME_LIMIT_MS });
  return stdout + stderr;
};

describe.skipIf(tools.absent)(`${tools.title("the alerts in promtool")}`, () => {
  it("are valid rules without linter findings", async () => {
    expect(await promtool("check", "rules", "--lint=all", "--lint-fatal", "alerts.yaml")).toContain("17 rules found");
  });

  it("pass their tests", async () => {
    expect(await promtool("test", "rules", "alerts.test.yaml")).toContain("SUCCESS");
  });
});

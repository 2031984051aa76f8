import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { CommanderError } from "commander";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { rulesCommand } from "../../../src/cli/commands/rules.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { parseRules } from "../../../src/rules/parseRules.ts";
import { rulesJsonSchema } from "../../../src/rules/rulesSchema.ts";

const COMMAND = join(import.meta.dirname, "../../../src/cli/commands/rules.ts");

let dir: string;
let good: string;
let bad: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "rules-"));
  good = join(dir, "good.yaml");
  bad = join(dir, "bad.yaml");
  await writeFile(good, "version: 1\nrules: [{name: a}, {name: b, failAfter: 5s}]\n");
  await writeFile(bad, "version: 1\nrules: [{name: a, failAfter: 5}, {name: a}]\n");
});

afterAll(() => rm(dir, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in this process, as the program does. */
async function run(args: readonly string[]): Promise<Ended> {
  const said = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((chunk) => {
      said[stream] += String(chunk);
      return true;
    }),
  );
  process.exitCode = undefined;
  try {
    await rulesCommand().parseAsync(args, { from: "user" });
    return { code: Number(process.exitCode ?? 0), ...said };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { code: 2, ...said };
  } finally {
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
  }
}

/** Runs the command in a process of its own, to have a standard input. */
async function runWithInput(args: readonly string[], input: string): Promise<Ended> {
  const command = `import { rulesCommand } from ${JSON.stringify(COMMAND)}; await rulesCommand().parseAsync(process.argv.slice(1), { from: "user" });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", command, "--", ...args], { stdio: "pipe", timeout: 30_000 });
  const ended = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1)));
  // The child may refuse before it has read everything.
  child.stdin.on("error", () => undefined).end(input);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

describe("rules validate", () => {
  it("reports that a file is valid", async () => {
    expect(await run(["validate", good])).toEqual({ code: 0, stdout: `${good} is valid: 2 rules\n`, stderr: "" });
  });

  it("shows every problem of a file", async () => {
    const { code, stdout, stderr } = await run(["validate", bad]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`${bad}:2:30: failAfter is 5, but must be a duration\n`);
    expect(stderr).toContain(`${bad}:2:41: two rules have this name, the first one in line 2\n`);
    expect(stderr).toContain("^");
  });

  it.each([
    ["a valid file", "version: 1\nrules: [{name: a}]\n", 0, "standard input is valid: 1 rule\n"],
    ["nothing", "", 2, "standard input:1:1: the file is empty\n"],
    ["more than a rules file can be", "#".repeat(3_000_000), 2, "linkerd-failover: standard input: the file is larger than 1 MiB\n"],
  ])("reads %s from standard input", async (_, input, code, said) => {
    const { stdout, stderr, ...ended } = await runWithInput(["validate", "-"], input);
    expect(ended).toEqual({ code });
    expect(stdout + stderr).toContain(said);
  });

  it("tells everything at once: all mistakes, those between keys of a faulty rule, and of all files", async () => {
    const worse = join(dir, "worse.yaml");
    const signals =
      "{successRate: {failBelow: 99%, recoverAbove: 90%, window: 2s}, latency: {under: 1, failBelow: 80%, recoverAbove: 70%}}";
    await writeFile(worse, `version: 1\nrules:\n- name: a\n  failAftr: 5s\n  signals: ${signals}\n- 5\n`);
    const { code, stdout, stderr } = await run(["validate", worse, good, bad]);
    expect([code, stdout]).toEqual([2, `${good} is valid: 2 rules\n`]);
    for (const said of [
      "failAftr is not a key of a rule",
      "signals.successRate.recoverAbove (90%) is below signals.successRate.failBelow (99%)",
      "signals.successRate.window is 2s, but must be at least 5s",
      "signals.latency.under is 1, but must be a duration",
      "the rule is 5, but must be a map",
      `${worse} has 6 problems`,
      `${bad} has 2 problems`,
    ])
      expect(stderr).toContain(said);
  });

  it("prints one line and a hint for a file that cannot be read", async () => {
    const missing = join(dir, "none.yaml");
    expect(await run(["validate", missing])).toEqual({
      code: 2,
      stdout: "",
      stderr: `linkerd-failover: ${missing}: the file cannot be read: it does not exist\nhint: check the path and the permissions of the file\n`,
    });
  });
});

describe("rules defaults", () => {
  it("prints the built-in rule", async () => {
    const { code, stdout } = await run(["defaults"]);
    expect(code).toBe(0);
    expect(parseRules(stdout, "f")).toEqual({ ok: true, rules: DEFAULT_RULES });
  });

  it("prints the rules of a file with every key, as YAML or JSON", async () => {
    const yaml = await run(["defaults", good]);
    const json = await run(["defaults", good, "-o", "json"]);
    expect(parseRules(yaml.stdout, "f")).toMatchObject({ ok: true, rules: { rules: [{ name: "a" }, { name: "b", failAfterMs: 5_000 }] } });
    expect(JSON.parse(json.stdout)).toMatchObject({
      version: 1,
      rules: [
        { name: "a", failAfter: "10s" },
        { name: "b", failAfter: "5s" },
      ],
    });
    expect(parseRules(json.stdout, "f")).toEqual(parseRules(yaml.stdout, "f"));
  });

  it("refuses a file that is not valid", async () => {
    expect(await run(["defaults", bad])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("failAfter is 5") });
  });
});

describe("rules explain", () => {
  it("shows what the built-in rule detects, how soon, and how rare false alarms are", async () => {
    const { code, stdout } = await run(["explain"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^rule default\nSIGNAL +ALL FAIL +1 IN 5 FAILS +REQUESTS NEEDED +FALSE ALARM\nreadiness +under 1s\nsuccessRate +13s to 28s +25s to 40s +20, 35 in 30s +1 in 440 000\ngateway +5s to 20s\n/,
    );
    expect(stdout).toContain("A recovered backend has all its traffic back after 2m30s; after relapses it\ntakes up to 31m30s.");
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("warns of windows too short for the scrape interval, and says what is never detected", async () => {
    const file = join(dir, "strict.yaml");
    await writeFile(file, "version: 1\nrules: [{name: a, signals: {successRate: {failBelow: 50%, recoverAbove: 60%}}}, {name: b}]\n");
    const { stdout } = await run(["explain", file, "--scrape-interval", "30s", "--interval", "1s"]);
    expect(stdout).toMatch(/^successRate +25s to 56s +never +20 in 30s +under 1 in 10\^9$/m);
    expect(stdout.match(/The window of successRate \(30s\) holds fewer than three scrapes/g)).toHaveLength(2);
  });

  it("names the Prometheus of a signal that is not asked of the usual one", async () => {
    const file = join(dir, "two.yaml");
    await writeFile(file, "version: 1\nrules: [{name: a, signals: {successRate: {prometheus: fast}, latency: {prometheus: main}}}]\n");
    const { stdout } = await run(["explain", file]);
    expect(stdout).toMatch(/^successRate +\d/m);
    expect(stdout).toMatch(/^latency \(main Prometheus\) +\d/m);
  });

  it("prints the same as data", async () => {
    const { stdout } = await run(["explain", good, "-o", "json"]);
    const { rules, scrapeMs, intervalMs } = JSON.parse(stdout);
    expect([scrapeMs, intervalMs, rules[0].name, rules[1].name, rules.length]).toEqual([10_000, 5_000, "a", "b", 2]);
    expect(rules[1].signals[1]).toMatchObject({
      signal: "successRate",
      counted: { windowMs: 30_000, neededForTotal: 20, neededForPartial: 35 },
    });
    expect(rules[1].back).toEqual({ bestMs: 150_000, worstMs: 1_890_000 });
  });

  it("refuses an invalid file and invalid durations", async () => {
    expect(await run(["explain", bad])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("failAfter is 5") });
    expect(await run(["explain", "--interval", "0s"])).toMatchObject({ code: 2, stdout: "" });
  });
});

it("rules schema prints the JSON Schema", async () => {
  const { code, stdout } = await run(["schema"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(rulesJsonSchema())));
});

it.each([[["validate"]], [["defaults", "-o", "table"]], [["check"]], [["schema", "--wrong"]]])("%j is a usage error", async (args) => {
  const { code, stdout, stderr } = await run(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^error: /);
});

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { rulesCommand } from "../../../../src/cli/commands/rules.ts";

const OUTAGE = "> split web: web 100, east 0\n> traffic 40/s\n> run 1m\n> web: 40% good\n";

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "rules-test-"));
  await mkdir(join(dir, "more", "deep"), { recursive: true });
  const files = {
    "rules.yaml": "version: 1\nrules: [{name: default, failAfter: 5s}]\n",
    "slow.yaml": "version: 1\nrules: [{name: default, failAfter: 5m}]\n",
    "bad.yaml": "version: 1\nrules: [{name: default, failAfter: 5}]\n",
    "more/outage.txt": `${OUTAGE}> expect within 30s: web 0, east 100\n`,
    "more/deep/calm.txt": "> split web: web 100, east 0\n> traffic 40/s\n> expect for 10m: nothing moves\n",
    "more/notes.md": "no story",
    "wrong.txt": "A story.\n\n> split web: web 100, east 0\n> wait 1m\n",
    "empty.txt": "> split web: web 100, east 0\n> run 1m\n",
    "asked.txt": `${OUTAGE}> run 30s\n|\n> expect: web 0\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
});

afterAll(() => rm(dir, { recursive: true }));

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const said = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((chunk) => {
      said[stream] += String(chunk);
      return true;
    }),
  );
  process.exitCode = undefined;
  try {
    await rulesCommand().parseAsync(["test", ...args], { from: "user" });
    return { code: Number(process.exitCode ?? 0), stdout: said.stdout.replaceAll(dir, "DIR"), stderr: said.stderr.replaceAll(dir, "DIR") };
  } finally {
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
  }
}

const at = (name: string): string => join(dir, name);

describe("rules test", () => {
  it("plays files, directories and patterns, each story once", async () => {
    const all = "√ DIR/more/outage.txt: 1 check\n√ DIR/more/deep/calm.txt: 1 check\n\n2 stories: 2 passed\n";
    const inOrder = all.split("\n").slice(0, 2).toReversed().concat(all.split("\n").slice(2)).join("\n");
    expect(await run(at("more"), at("more/outage.txt"), "--rules", at("rules.yaml"))).toEqual({ code: 0, stdout: inOrder, stderr: "" });
    expect(await run(at("more/*.txt"), at("more/d*/*.txt"))).toEqual({ code: 0, stdout: all, stderr: "" });
  });

  it("shows what is not as expected, and what happened instead, and exits 1", async () => {
    const { code, stdout } = await run(at("more"), "--rules", at("slow.yaml"));
    expect(code).toBe(1);
    // A long path wraps.
    expect(stdout.replaceAll(/\n {4}(?=[^ +-])/g, " ")).toBe(
      `√ DIR/more/deep/calm.txt: 1 check
× DIR/more/outage.txt: 1 of 1 checks failed
  DIR/more/outage.txt:5: expect within 30s: web 0, east 100
    - web 0, east 100
    + web 100, east 0
      what happened:
      1:10 web: serving → suspect (successRate: 80.0 % of 1200 requests in 30s good; upper bound 82.2 %, below failBelow 90%; waiting: removed if this lasts another 5m)

2 stories: 1 passed, 1 failed
`,
    );
  });

  it("names file, line and hint of a story that cannot be played, and plays the others", async () => {
    const { code, stdout } = await run(at("wrong.txt"), at("empty.txt"), at("none.txt"), at("more/outage.txt"));
    expect(code).toBe(2);
    const text = stdout.replaceAll(/\n +/g, " ");
    expect(text).toContain('DIR/wrong.txt:4: "wait 1m" is not a command of a story hint: docs/rules-test.md lists the commands');
    expect(text).toContain("DIR/empty.txt:1: this story expects nothing, so it cannot fail hint: add `> expect within 30s");
    expect(text).toContain("DIR/none.txt:1: the file cannot be read: it does not exist hint: check the path");
    expect(text).toContain("√ DIR/more/outage.txt: 1 check");
    expect(text).toContain("4 stories: 1 passed, 3 not valid");
  });

  it.each([
    [["none/*.txt"], "no file matches none/*.txt"],
    [["NODIR"], "is a directory without stories"],
  ])("refuses %j, which names no story", async ([arg = ""], why) => {
    await mkdir(at("bare"), { recursive: true });
    const { code, stderr } = await run(arg === "NODIR" ? at("bare") : at(arg));
    expect([code, stderr]).toEqual([2, expect.stringContaining(why.replace("none", "DIR/none"))]);
  });

  it("refuses rules that are not valid", async () => {
    expect(await run(at("more"), "--rules", at("bad.yaml"))).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("failAfter is 5"),
    });
  });

  it("prints all as JSON", async () => {
    const { code, stdout } = await run(at("more"), at("wrong.txt"), "--rules", at("slow.yaml"), "-o", "json");
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      success: false,
      stories: [
        { file: "DIR/more/deep/calm.txt", verdict: "passed", checks: 1, storySeconds: 600, problems: [], failures: [] },
        {
          verdict: "failed",
          failures: [{ line: 5, expected: ["web 0, east 100"].flatMap((f) => f.split(", ")), actual: ["web 100", "east 0"] }],
        },
        { verdict: "invalid", problems: [{ line: 4 }] },
      ],
    });
  });

  it("prints JUnit's XML, and writes it to a file", async () => {
    const { code, stdout } = await run(at("more"), at("wrong.txt"), "--rules", at("slow.yaml"), "-o", "junit", "--junit", at("out.xml"));
    expect(code).toBe(2);
    expect((await readFile(at("out.xml"), "utf8")).replaceAll(dir, "DIR")).toBe(stdout);
    const timeless = stdout.replaceAll(/time="[0-9.]+"/g, 'time=""');
    expect(timeless).toContain('<testsuites tests="3" failures="1" errors="1" time="">');
    expect(timeless).toContain('<testcase classname="rules" name="DIR/more/deep/calm.txt" file="DIR/more/deep/calm.txt" time=""/>');
    expect(timeless).toContain('<failure message="DIR/more/outage.txt:5: expect within 30s: web 0, east 100">');
    expect(timeless).toContain('<error message="DIR/wrong.txt:4: &quot;wait 1m&quot; is not a command of a story">');
    expect(await run(at("more"), "--junit", at("no/out.xml"))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("out.xml cannot be written"),
    });
  });

  it("fills in the outputs that are asked for, but leaves expectations as they are", async () => {
    expect((await run(at("asked.txt"))).code).toBe(1);
    expect((await run(at("asked.txt"), "--update")).code).toBe(0);
    expect(await readFile(at("asked.txt"), "utf8")).toContain(
      "| 1:20 failover (successRate): web 100 → 0, east 0 → 100\n| web: web 0, east 100\n> expect: web 0\n",
    );
    const slow = await run(at("asked.txt"), "--update", "--rules", at("slow.yaml"));
    expect([slow.code, slow.stdout]).toEqual([1, expect.stringContaining("expect: web 0")]);
  });
});

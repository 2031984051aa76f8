import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAdminServer } from "../../../../src/admin/adminServer.ts";
import { createMetrics } from "../../../../src/admin/metrics.ts";
import { askAddress } from "../../../../src/cli/commands/controller/askController.ts";
import { exportRecords, recordsPath } from "../../../../src/cli/commands/explain/exportRecords.ts";
import { recordFileIn } from "../../../../src/cli/commands/replay/recordFile.ts";
import { replayFile } from "../../../../src/cli/commands/replay/replayFile.ts";
import { DecisionRecords } from "../../../../src/controller/decisionRecords.ts";
import { step } from "../../../../src/evaluator/step.ts";
import { DEFAULT_RULES } from "../../../../src/rules/defaultRules.ts";
import { Story } from "../../../../src/simulator/story.ts";
import { reportOf, WEB } from "../../../admin/reports.ts";
import { obey } from "../../../simulator/obey.ts";

let dir: string;
let file: string;
let exported: Awaited<ReturnType<typeof exportRecords>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "records-"));
  file = join(dir, "web.json");
  const records = new DecisionRecords("9.9.9");
  const story = new Story(DEFAULT_RULES);
  obey(story, "split web: web 100, east 0");
  for (let tick = 0; tick < 20; tick++) {
    if (tick === 2) obey(story, "web: no endpoints");
    if (tick === 3) obey(story, "web: 1 ready");
    records.take(step(story.state, story.observe(), story.rules, story.steadyMs).made);
    story.tick();
    for (let second = 0; second < 5; second++) story.passSecond();
  }
  const report = () => reportOf([], { recordsOf: (key) => records.of(key) });
  const server = await startAdminServer({ address: { host: "127.0.0.1", port: 0 }, report, metrics: createMetrics(report) });
  exported = await exportRecords(await askAddress(server.url, recordsPath(WEB)), WEB, file);
  await server.stop();
});

afterAll(() => rm(dir, { recursive: true }));

/** A copy of the export with a change in its text. */
async function changed(from: string | RegExp, to: string): Promise<string> {
  const text = await readFile(file, "utf8");
  const now = text.replace(from, to);
  expect(now).not.toBe(text);
  const other = join(dir, "changed.json");
  await writeFile(other, now);
  return other;
}

describe("replay FILE", () => {
  it("makes every exported decision again, to the last number", async () => {
    const { exit, page = "" } = await replayFile(file, "table");
    expect(exit).toBe(0);
    expect(page).toMatch(
      /^1970-01-01T00:01:15Z TrafficSplit\/shop\/web, decided by 9.9.9: the same again\n {2}return \(readiness\): web 0 → 5, east 100 → 95/,
    );
    expect(page).toMatch(/\n {2}failover \(readiness\): web 100 → 0, east 0 → 100; web: readiness: 0 ready/);
    expect(page).toMatch(/\n2 decisions: 2 the same in \S+, 0 not\n$/);
  });

  it("shows what is decided otherwise, and exits 1", async () => {
    const other = await changed(/"steps": \[\s*0.05/g, '"steps": [0.07');
    const { exit, page = "" } = await replayFile(other, "table");
    expect(exit).toBe(1);
    expect(page).toContain("decided by 9.9.9: not the same\n  return (readiness): web 0 → 5, east 100 → 95");
    expect(page).toContain("\n  now: return (readiness): web 0 → 7, east 100 → 93");
    expect(page).toContain("1 the same");
    const json = await replayFile(other, "json");
    expect(JSON.parse(json.page ?? "")).toMatchObject([
      { same: false, version: "9.9.9" },
      { same: true, now: { direction: "failover" } },
    ]);
  });

  it("refuses what is no record", async () => {
    const wrong = async (path: string) => (await replayFile(path, "table")).remarks.map(({ message }) => message.replace(dir, "DIR"));
    expect(await wrong(join(dir, "none.json"))).toEqual(["DIR/none.json: it does not exist"]);
    expect(await wrong(dir)).toEqual(["DIR: it is a directory"]);
    expect(await wrong(await changed("{", "["))).toEqual(["DIR/changed.json: this is not JSON"]);
    expect(await wrong(await changed('"records"', '"others"'))).toEqual(["DIR/changed.json: there is no record of a decision in it"]);
    expect(await wrong(await changed("decision/1", "decision/7"))).toEqual([
      expect.stringContaining("record 1: its format is linkerd-failover/decision/7"),
    ]);
    expect(await wrong(await changed('"splits"', '"spilts"'))).toEqual([expect.stringContaining("record 1 cannot be replayed")]);
  });
});

describe("the export", () => {
  const asked = { ok: true, value: { records: [{}] }, by: "the controller pod" } as const;

  it("says how many decisions it wrote", () => {
    expect(exported).toEqual({ exit: 0, line: `2 decisions on TrafficSplit/shop/web written to ${file}`, remarks: [] });
  });

  it("goes to standard output, too", async () => {
    expect(await exportRecords(asked, WEB, "-")).toEqual({ exit: 0, page: '{\n  "records": [\n    {}\n  ]\n}\n', remarks: [] });
  });

  it("says why there is none", async () => {
    const none = await exportRecords({ ...asked, value: { records: [] } }, WEB, "-");
    expect([none.exit, none.remarks[0]?.message]).toEqual([1, "the controller pod has no record of a decision on TrafficSplit/shop/web"]);
    expect((await exportRecords({ ...asked, value: [] }, WEB, "-")).exit).toBe(1);
    expect((await exportRecords({ ok: false, answered: false, why: "no" }, WEB, "-")).exit).toBe(3);
    expect((await exportRecords(asked, WEB, join(dir, "no/x.json"))).exit).toBe(2);
  });
});

it.each([
  ["ts/web", null],
  ["ts/web.json", null],
  ["ts web.json", null],
  ["./ts/web.json", { file: "./ts/web.json" }],
  ["web.json", { file: "web.json" }],
  ["records/web.json", { file: "records/web.json" }],
])("%s is a route, or a file", (text, expected) => {
  expect(recordFileIn(text.split(" "))).toEqual(expected);
});

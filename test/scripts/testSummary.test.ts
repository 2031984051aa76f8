import { expect, it } from "vitest";
import { type TestRecord, testSummary } from "../../scripts/testSummary.ts";

const STARTED: TestRecord = { files: ["a.test.ts", "b.test.ts"] };
const ENDED: TestRecord = { reason: "passed", errors: [] };
const test = (file: string, name: string, state: "passed" | "failed" | "skipped"): TestRecord => ({ file, test: name, state });
const ended = (file: string, how: "ok" | "failed" = "ok"): TestRecord => ({ file, ended: how });

it("counts the tests of a run", () => {
  const tests = [test("a.test.ts", "adds", "passed"), test("a.test.ts", "divides", "failed"), test("b.test.ts", "waits", "skipped")];
  expect(testSummary([STARTED, ...tests, ended("a.test.ts", "failed"), ended("b.test.ts"), ENDED])).toEqual({
    failures: ["a.test.ts > divides"],
    summary: "1 passed, 1 failed, 1 skipped",
  });
});

it("counts a file that failed without a failed test, and an error outside of tests", () => {
  const records = [STARTED, test("a.test.ts", "adds", "passed"), ended("a.test.ts"), ended("b.test.ts", "failed")];
  expect(testSummary([...records, { reason: "failed", errors: ["no such thing\n  at line 3"] }])).toEqual({
    failures: ["b.test.ts: outside of its tests", "outside of the tests: no such thing"],
    summary: "1 passed, 2 failed, 0 skipped",
  });
});

it("says what a run that was stopped had found, and what it did not get to", () => {
  const records = [STARTED, test("a.test.ts", "adds", "passed"), test("b.test.ts", "divides", "failed"), ended("a.test.ts")];
  expect(testSummary(records)).toEqual({
    failures: ["b.test.ts > divides", "b.test.ts: did not end"],
    summary: "1 passed, 2 failed, 0 skipped",
  });
  expect(testSummary([STARTED, ended("a.test.ts"), ended("b.test.ts")]).failures).toEqual(["the run: did not end"]);
});

it("counts a run without a record as failed", () => {
  expect(testSummary([])).toEqual({ failures: ["the run: did not end"], summary: "0 passed, 1 failed, 0 skipped" });
});

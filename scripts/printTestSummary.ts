import { readFileSync } from "node:fs";
import { type TestReport, testSummary } from "./testSummary.ts";

/** Reads a JSON report; without one, the run counts as failed, because it died before it could write the report. */
function readReport(path: string): TestReport {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as TestReport;
  } catch {
    console.error(`no test report at ${path}: the run died before it could write one`);
    return { testResults: [{ name: "the run itself", status: "failed", assertionResults: [] }] };
  }
}

const path = process.argv[2];
if (path === undefined) throw new Error("usage: printTestSummary.ts REPORT.json");
console.log(testSummary(readReport(path)));

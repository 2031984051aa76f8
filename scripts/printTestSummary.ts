import { readFileSync } from "node:fs";
import { type TestReport, testSummary } from "./testSummary.ts";

/** Prints the summary of the JSON report at argv[2]; a run that died before it could write one has passed nothing. */
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

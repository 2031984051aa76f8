import { existsSync, readFileSync } from "node:fs";
import { type TestRecord, testSummary } from "./testSummary.ts";

const path = process.argv[2];
if (path === undefined) throw new Error("usage: printTestSummary.ts RECORD");
// A line that was being written when the run was stopped is left out.
const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
const { failures, summary } = testSummary(lines.map((line) => JSON.parse(line) as TestRecord));
for (const failure of failures) console.log(`× ${failure}`);
console.log(summary);

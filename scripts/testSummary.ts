/** A line of the record that `testReporter.ts` writes while the tests run. */
export type TestRecord =
  /** All files, at the start. */
  | { readonly files: readonly string[] }
  | { readonly file: string; readonly test: string; readonly state: "passed" | "failed" | "skipped" }
  | { readonly file: string; readonly ended: "ok" | "failed" }
  /** The end of the run. Errors are those outside of tests. */
  | { readonly reason: string; readonly errors: readonly string[] };

export interface TestSummary {
  /** What failed, one line each. */
  readonly failures: readonly string[];
  /** `N passed, N failed, N skipped`. */
  readonly summary: string;
}

/** Every failure counts once: a test, a file that failed without a failed test or never ended, an error outside of tests. */
export function testSummary(records: readonly TestRecord[]): TestSummary {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  const failedFiles = new Set<string>();
  const waiting = new Set<string>();
  let hasEnded = false;
  for (const record of records) {
    if ("files" in record) for (const file of record.files) waiting.add(file);
    else if ("test" in record) {
      counts[record.state] += 1;
      if (record.state !== "failed") continue;
      failedFiles.add(record.file);
      failures.push(`${record.file} > ${record.test}`);
    } else if ("ended" in record) {
      waiting.delete(record.file);
      if (record.ended === "failed" && !failedFiles.has(record.file)) failures.push(`${record.file}: outside of its tests`);
    } else {
      hasEnded = true;
      failures.push(...record.errors.map((error) => `outside of the tests: ${error.split("\n")[0]}`));
    }
  }
  failures.push(...[...waiting].map((file) => `${file}: did not end`));
  if (!hasEnded && waiting.size === 0) failures.push("the run: did not end");
  return { failures, summary: `${counts.passed} passed, ${failures.length} failed, ${counts.skipped} skipped` };
}

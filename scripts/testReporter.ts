import { appendFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, TestModule, TestRunEndReason, TestSpecification, Vitest } from "vitest/node";
import type { TestRecord } from "./testSummary.ts";

/**
 * Writes each result as a line of JSON to a file, as soon as there is one. Vitest's own JSON report is written at the end, so it
 * is missing if the run is stopped.
 */
export class TestReporter implements Reporter {
  readonly #file: string;
  #root = "";

  constructor(file: string) {
    this.#file = file;
  }

  onInit(vitest: Vitest): void {
    this.#root = vitest.config.root;
    writeFileSync(this.#file, "");
  }

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.#write({ files: specifications.map(({ moduleId }) => relative(this.#root, moduleId)) });
  }

  onTestCaseResult(test: Parameters<NonNullable<Reporter["onTestCaseResult"]>>[0]): void {
    const { state } = test.result();
    if (state !== "pending") this.#write({ file: relative(this.#root, test.module.moduleId), test: test.fullName, state });
  }

  onTestModuleEnd(module: TestModule): void {
    this.#write({ file: relative(this.#root, module.moduleId), ended: module.ok() ? "ok" : "failed" });
  }

  onTestRunEnd(_modules: readonly TestModule[], errors: readonly { readonly message: string }[], reason: TestRunEndReason): void {
    this.#write({ reason, errors: errors.map(({ message }) => message) });
  }

  #write(record: TestRecord): void {
    appendFileSync(this.#file, `${JSON.stringify(record)}\n`);
  }
}

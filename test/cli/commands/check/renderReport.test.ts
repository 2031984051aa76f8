import { expect, it } from "vitest";
import { atMost, failure, fine, reportOf, warning } from "../../../../src/cli/commands/check/checkReport.ts";
import { renderReport } from "../../../../src/cli/commands/check/renderReport.ts";

const REPORT = reportOf([
  {
    categoryName: "kubernetes",
    checks: [
      fine("the API server answers: Kubernetes v1.36.3"),
      warning("routes are managed", {
        error: "no route carries the label, and this sentence is so long that it goes on in another line",
        hint: "label one",
      }),
    ],
  },
  { categoryName: "rules", checks: [failure("rules.yaml is valid", { error: "rules.yaml:1:10: no\n  1 | version: 2\n    |          ^" })] },
  { categoryName: "nothing", checks: [] },
]);

it("is a list with signs, what is wrong, and hints", () => {
  expect(renderReport(REPORT, { colours: false, columns: 80 })).toBe(`kubernetes
----------
√ the API server answers: Kubernetes v1.36.3
‼ routes are managed
    no route carries the label, and this sentence is so long that it goes on in
    another line
    hint: label one

rules
-----
× rules.yaml is valid
    rules.yaml:1:10: no
      1 | version: 2
        |          ^

Status check results are ×
`);
});

it("colours nothing but the signs", () => {
  const coloured = renderReport(reportOf([{ categoryName: "a", checks: [fine("b"), warning("c", { error: "d" })] }]), {
    colours: true,
    columns: 80,
  });
  expect(coloured).toBe("a\n-\n\u001b[32m√\u001b[0m b\n\u001b[33m‼\u001b[0m c\n    d\n\nStatus check results are \u001b[32m√\u001b[0m\n");
});

it("breaks what is longer than a line, words last", () => {
  const long = renderReport(reportOf([{ categoryName: "a", checks: [fine(`see ${"x".repeat(30)}`)] }]), { colours: false, columns: 22 });
  expect(long.split("\n").slice(2, 5)).toEqual(["√ see", `  ${"x".repeat(20)}`, `  ${"x".repeat(10)}`]);
});

it("fails by errors only, and shows ten lines of a sort", () => {
  expect(REPORT.success).toBe(false);
  expect(reportOf([{ categoryName: "a", checks: [warning("b", { error: "c" })] }]).success).toBe(true);
  const many = atMost(Array.from({ length: 13 }, (_, i) => warning(`${i}`, { error: "no" })));
  expect(many).toHaveLength(11);
  expect(many.at(-1)).toEqual({ description: "and 3 more like these", result: "warning" });
});

it("has no keys that say nothing", () => {
  expect(JSON.stringify(reportOf([{ categoryName: "a", checks: [fine("b"), failure("c", { error: "d" })] }]))).toBe(
    '{"success":false,"categories":[{"categoryName":"a","checks":[{"description":"b","result":"success"},{"description":"c","result":"error","error":"d"}]}]}',
  );
});

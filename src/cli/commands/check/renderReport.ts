import { coloured, type Paper } from "../../output/paper.ts";
import { printable } from "../../output/printable.ts";
import { wrap } from "../../output/wrap.ts";
import type { Check, CheckReport } from "./checkReport.ts";

const SIGNS = { success: "√", warning: "‼", error: "×" } as const;
const COLOURS = { success: "good", warning: "odd", error: "bad" } as const;

/** The report as a list for people, in the manner of `linkerd check`. */
export function renderReport({ categories, success }: CheckReport, paper: Paper): string {
  const sections = categories.map(({ categoryName, checks }) => {
    const lines = checks.flatMap((check) => renderCheck(check, paper));
    return [categoryName, "-".repeat(categoryName.length), ...lines, ""].join("\n");
  });
  return `${[...sections, `Status check results are ${signOf(success ? "success" : "error", paper)}`].join("\n")}\n`;
}

function renderCheck(check: Check, paper: Paper): readonly string[] {
  const { result } = check;
  const [description = "", error, hint] = [check.description, check.error, check.hint].map((text) => text && printable(text));
  const sign = signOf(result, paper);
  const [first = "", ...others] = broken(description, paper.columns - 2);
  return [
    `${sign} ${first}`,
    ...others.map((line) => `  ${line}`),
    ...(error === undefined ? [] : broken(error, paper.columns - 4).map((line) => `    ${line}`.trimEnd())),
    ...(hint === undefined ? [] : broken(`hint: ${hint}`, paper.columns - 4).map((line) => `    ${line}`.trimEnd())),
  ];
}

function signOf(result: Check["result"], paper: Paper): string {
  return coloured(SIGNS[result], COLOURS[result], paper);
}

/** Several lines stand as they are: carets point at what is above them. */
function broken(text: string, columns: number): readonly string[] {
  return text.includes("\n") ? text.split("\n") : wrap(text, columns);
}

import { printable } from "../../output/printable.ts";
import { coloured, type TextStyle } from "../../output/textStyle.ts";
import { wrap } from "../../output/wrap.ts";
import type { Check, CheckReport } from "./checkReport.ts";

const SIGNS = { success: "√", warning: "‼", error: "×" } as const;
const COLOURS = { success: "good", warning: "warning", error: "bad" } as const;

/** The report as text for people, in the style of `linkerd check`. */
export function renderReport({ categories, success }: CheckReport, style: TextStyle): string {
  const sections = categories.map(({ categoryName, checks }) => {
    const lines = checks.flatMap((check) => renderCheck(check, style));
    return [categoryName, "-".repeat(categoryName.length), ...lines, ""].join("\n");
  });
  return `${[...sections, `Status check results are ${signOf(success ? "success" : "error", style)}`].join("\n")}\n`;
}

function renderCheck(check: Check, style: TextStyle): readonly string[] {
  const { result } = check;
  const [description = "", error, hint] = [check.description, check.error, check.hint].map((text) => text && printable(text));
  const sign = signOf(result, style);
  const [first = "", ...others] = wrapped(description, style.columns - 2);
  return [
    `${sign} ${first}`,
    ...others.map((line) => `  ${line}`),
    ...(error === undefined ? [] : wrapped(error, style.columns - 4).map((line) => `    ${line}`.trimEnd())),
    ...(hint === undefined ? [] : wrapped(`hint: ${hint}`, style.columns - 4).map((line) => `    ${line}`.trimEnd())),
  ];
}

function signOf(result: Check["result"], style: TextStyle): string {
  return coloured(SIGNS[result], COLOURS[result], style);
}

/** Wraps one line. Several lines stay as they are: their carets point at the line above. */
function wrapped(text: string, columns: number): readonly string[] {
  return text.includes("\n") ? text.split("\n") : wrap(text, columns);
}

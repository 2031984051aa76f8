import { printable } from "../printable.ts";
import type { Check, CheckReport } from "./checkReport.ts";

export interface Paper {
  readonly colours: boolean;
  readonly columns: number;
}

const SIGNS = { success: "√", warning: "‼", error: "×" } as const;
const COLOURS = { success: "\u001b[32m", warning: "\u001b[33m", error: "\u001b[31m" } as const;
const PLAIN = "\u001b[0m";

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
  const [first = "", ...others] = wrap(description, paper.columns - 2);
  return [
    `${sign} ${first}`,
    ...others.map((line) => `  ${line}`),
    ...(error === undefined ? [] : wrap(error, paper.columns - 4).map((line) => `    ${line}`.trimEnd())),
    ...(hint === undefined ? [] : wrap(`hint: ${hint}`, paper.columns - 4).map((line) => `    ${line}`.trimEnd())),
  ];
}

function signOf(result: Check["result"], { colours }: Paper): string {
  return colours ? `${COLOURS[result]}${SIGNS[result]}${PLAIN}` : SIGNS[result];
}

/** Several lines stand as they are (carets point at what is above them); a single one is broken between words, and inside of one only where it must be. */
function wrap(text: string, columns: number): readonly string[] {
  if (text.includes("\n")) return text.split("\n");
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((long) => pieces(long, columns))) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function pieces(word: string, columns: number): readonly string[] {
  return word.length <= columns ? [word] : (word.match(new RegExp(`.{1,${columns}}`, "gu")) ?? []);
}

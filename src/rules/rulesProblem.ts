/** A mistake in a rules file. */
export interface RulesProblem {
  readonly file: string;
  /** Null if the problem concerns the whole file. */
  readonly place: Place | null;
  /** The mistake in one sentence. */
  readonly sentence: string;
  /** How to fix it. */
  readonly hint: string;
}

/** A part of one line. Line and column count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** The line; of a very long line, the text around the part. */
  readonly excerpt: string;
  /** Position of the part in the excerpt, and its length. */
  readonly from: number;
  readonly length: number;
}

/** The first problems often explain the others. */
const MAX_PROBLEMS_SHOWN = 20;
/** Longer lines are shown in part. */
const MAX_EXCERPT_LENGTH = 120;
const CONTEXT_BEFORE = 40;

/** The problem with its line, carets under the token, and the hint; without a final newline. */
export function renderProblem(problem: RulesProblem): string {
  const { place } = problem;
  if (place === null) return `${problem.file}: ${problem.sentence}\n  hint: ${problem.hint}`;
  const gutter = " ".repeat(String(place.line).length);
  const before = [...place.excerpt.slice(0, place.from)].map((char) => (char === "\t" ? "\t" : " ")).join("");
  const carets = "^".repeat(Math.max(1, [...place.excerpt.slice(place.from, place.from + place.length)].length));
  return [
    problemLine(problem),
    `  ${place.line} | ${place.excerpt}`.trimEnd(),
    `  ${gutter} | ${before}${carets}`,
    `  ${gutter} hint: ${problem.hint}`,
  ].join("\n");
}

/** The first problems with an empty line between them, and the number of the others. */
export function renderProblems(problems: readonly RulesProblem[]): string {
  const shown = problems.slice(0, MAX_PROBLEMS_SHOWN).map(renderProblem);
  const more = problems.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("\n\n");
}

/** `file:line:column: sentence`, for a log line. */
export function problemLine({ file, place, sentence }: RulesProblem): string {
  return place === null ? `${file}: ${sentence}` : `${file}:${place.line}:${place.column}: ${sentence}`;
}

/** The problems in the order of the file, without duplicates. */
export function sortProblems(problems: readonly RulesProblem[]): readonly RulesProblem[] {
  const byLine = new Map(problems.map((problem) => [problemLine(problem), problem]));
  return [...byLine.values()].sort(
    (a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
}

/** The place of `text[start, end)`, up to the end of its first line. `lineStart` is the offset of that line. */
export function placeOf(text: string, line: number, lineStart: number, start: number, end: number): Place {
  const newline = text.indexOf("\n", lineStart);
  const lineEnd = newline < 0 ? text.length : newline;
  const cutBefore = lineEnd - lineStart > MAX_EXCERPT_LENGTH ? Math.max(0, start - lineStart - CONTEXT_BEFORE) : 0;
  const from = start - lineStart - cutBefore;
  const excerpt = printable(text.slice(lineStart + cutBefore, Math.min(lineEnd, lineStart + cutBefore + MAX_EXCERPT_LENGTH)));
  return {
    line,
    column: start - lineStart + 1,
    excerpt,
    from,
    length: Math.max(1, Math.min(end - start, excerpt.trimEnd().length - from)),
  };
}

/** Replaces control and invisible characters, which could move the cursor of a terminal or hide the mistake. */
function printable(text: string): string {
  return text.replace(/\r$/, "").replace(/(?!\t)[\p{Cc}\p{Cf}]/gu, "\u{FFFD}");
}

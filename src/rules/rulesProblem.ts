/** Something in a rules file that its author has to change. */
export interface RulesProblem {
  readonly file: string;
  /** Null where the problem is the file as a whole. */
  readonly place: Place | null;
  /** What is wrong, in one sentence. */
  readonly sentence: string;
  /** What to do about it. */
  readonly hint: string;
}

/** A piece of one line. Line and column count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** The line, or the part of a very long one that is around the piece. */
  readonly excerpt: string;
  /** Where the piece begins in the excerpt, and how long it is. */
  readonly from: number;
  readonly length: number;
}

/** More than this is not read by anyone, and the first ones often explain the others. */
const MAX_PROBLEMS_SHOWN = 20;
/** Longer lines are shown in part. */
const MAX_EXCERPT_LENGTH = 120;
const CONTEXT_BEFORE = 40;

/** The problem with its line, a caret under the token, and the hint; ends without a newline. */
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

/** All problems with an empty line between them; beyond the first 20 only how many there are. */
export function renderProblems(problems: readonly RulesProblem[]): string {
  const shown = problems.slice(0, MAX_PROBLEMS_SHOWN).map(renderProblem);
  const more = problems.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("\n\n");
}

/** `file:line:column: sentence`, for a log line. */
export function problemLine({ file, place, sentence }: RulesProblem): string {
  return place === null ? `${file}: ${sentence}` : `${file}:${place.line}:${place.column}: ${sentence}`;
}

/** The problems in the order of the file, each said once at its place. */
export function sortProblems(problems: readonly RulesProblem[]): readonly RulesProblem[] {
  const byLine = new Map(problems.map((problem) => [problemLine(problem), problem]));
  return [...byLine.values()].sort(
    (a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
}

/** The place of `text[start, end)`; what goes on in the next line is left out. `lineStart` is the offset of its line. */
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

/** Control characters would move the cursor of a terminal; invisible ones would hide what is wrong. */
function printable(text: string): string {
  return text.replace(/\r$/, "").replace(/(?!\t)[\p{Cc}\p{Cf}]/gu, "\u{FFFD}");
}

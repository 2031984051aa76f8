import { type Document, isCollection, isMap, isSeq, LineCounter, type Pair, parseDocument } from "yaml";
import { type Place, placeOf, type RulesProblem } from "./rulesProblem.ts";
import { describeYamlError, type Said } from "./yamlErrors.ts";
import { emptyKeysOf, flawsOf, isEmpty, keyText, type Path, rangeOf, type Span } from "./yamlFlaws.ts";

/** Twice the size of a file with a thousand complete rules. */
export const MAX_RULES_FILE_BYTES = 1_048_576;

/** The value of a YAML text, with the place of each of its parts. */
export interface YamlSource {
  readonly value: unknown;
  /** Flaws that do not prevent reading. */
  readonly problems: readonly RulesProblem[];
  /** The keys without a value; their value is null. */
  readonly emptyKeys: readonly Path[];
  /** The place of the value or key at a path; if it is missing, the place of the map that lacks it. */
  place(path: Path, on: "key" | "value"): Place;
}

export type ReadYaml =
  | { readonly ok: true; readonly source: YamlSource }
  | { readonly ok: false; readonly problems: readonly RulesProblem[] };

/** Reads one YAML document of maps, lists and scalars; aliases, tags and second documents are problems. Never throws. */
export function readYaml(rawText: string, file: string): ReadYaml {
  if (rawText.length > MAX_RULES_FILE_BYTES || new TextEncoder().encode(rawText).length > MAX_RULES_FILE_BYTES) {
    return { ok: false, problems: [tooLarge(file)] };
  }
  const text = rawText.replace(/^\uFEFF/, "");
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    // The parser's own check takes quadratic time; `flawsOf` takes linear time.
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: "error",
  });
  const place = ([start, end]: Span): Place => {
    const at = Math.min(start, text.length);
    const { line, col } = lines.linePos(at);
    return line === 0 ? placeOf(text, 1, 0, at, end) : placeOf(text, line, at - col + 1, at, end);
  };
  const problem = ({ at, said }: { at: Span; said: Said }): RulesProblem => ({ file, place: place(at), ...said });

  const errors = [...document.errors, ...document.warnings].map((error) => ({ at: error.pos, said: describeYamlError(error) }));
  if (errors.length > 0) return { ok: false, problems: oneALine(errors.map(problem)) };
  const flaws = flawsOf(document.contents, (offset) => lines.linePos(offset).line);
  if (flaws.some(({ fatal }) => fatal)) return { ok: false, problems: flaws.map(problem) };
  const value: unknown = document.toJS();
  const problems = flaws.map(problem);
  return {
    ok: true,
    source: { value, problems, emptyKeys: emptyKeysOf(document.contents), place: (path, on) => place(spanOf(document, path, on)) },
  };
}

/** The problem of a file that is too large. */
export function tooLarge(file: string): RulesProblem {
  const hint = "put what rules share into `defaults`, and check that this is the file you mean";
  return { file, place: null, sentence: "the file is larger than 1 MiB", hint };
}

/** Keeps the first problem of each line, because further ones follow from it. */
function oneALine(problems: readonly RulesProblem[]): readonly RulesProblem[] {
  const seen = new Set<number | undefined>();
  return problems.filter(({ place }) => !seen.has(place?.line) && seen.add(place?.line));
}

function spanOf(document: Document, path: Path, on: "key" | "value"): Span {
  let key: unknown = null;
  let node: unknown = document.contents;
  for (const part of path) {
    // Of two equal keys the later one counts, as in `value`.
    const pair: Pair | undefined = isMap(node) ? node.items.findLast((item) => keyText(item) === String(part)) : undefined;
    const next: unknown = isSeq(node) ? node.items[Number(part)] : pair?.value;
    if (pair === undefined && next === undefined) return beginningOf(node, key);
    key = pair?.key ?? null;
    node = next;
  }
  const isBlock = isCollection(node) && node.flow !== true;
  if (key !== null && (on === "key" || isEmpty(node) || isBlock)) return rangeOf(key);
  return isBlock ? beginningOf(node, key) : rangeOf(node);
}

/** The first key or item of a collection, as the place for something that is missing in it. */
function beginningOf(node: unknown, key: unknown): Span {
  if (!isCollection(node) || node.items.length === 0 || node.flow === true) return rangeOf(key ?? node);
  const first = node.items[0];
  return isMap(node) ? rangeOf((first as Pair).key) : beginningOf(first, null);
}

import { type Document, isCollection, isMap, isSeq, LineCounter, type Pair, parseDocument } from "yaml";
import { type Place, placeOf, type RulesProblem } from "./rulesProblem.ts";
import { describeYamlError, type Said } from "./yamlErrors.ts";
import { emptyKeysOf, flawsOf, isEmpty, keyText, type Path, rangeOf, type Span } from "./yamlFlaws.ts";

/** A rules file of a thousand full rules has half of this. */
export const MAX_RULES_FILE_BYTES = 1_048_576;

/** A YAML text as a value that knows where each part of it was written. */
export interface YamlSource {
  readonly value: unknown;
  /** What is wrong with it as YAML, though it can be read. */
  readonly problems: readonly RulesProblem[];
  /** The keys without a value; they read as null. */
  readonly emptyKeys: readonly Path[];
  /** Where the value at a path stands; for what is missing, where it would belong. */
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
    // Its own check compares each key with each other one; `flawsOf` does it in linear time.
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

/** The problem of a file that is larger than any rules file. */
export function tooLarge(file: string): RulesProblem {
  const hint = "put what rules share into `defaults`, and check that this is the file you mean";
  return { file, place: null, sentence: "the file is larger than 1 MiB", hint };
}

/** After a syntax error the rest of its line is guesswork. */
function oneALine(problems: readonly RulesProblem[]): readonly RulesProblem[] {
  const seen = new Set<number | undefined>();
  return problems.filter(({ place }) => !seen.has(place?.line) && seen.add(place?.line));
}

function spanOf(document: Document, path: Path, on: "key" | "value"): Span {
  let key: unknown = null;
  let node: unknown = document.contents;
  for (const part of path) {
    // Of two equal keys the later one counts, as in the value.
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

/** The first key or item of a collection: where one looks for what is missing in it. */
function beginningOf(node: unknown, key: unknown): Span {
  if (!isCollection(node) || node.items.length === 0 || node.flow === true) return rangeOf(key ?? node);
  const first = node.items[0];
  return isMap(node) ? rangeOf((first as Pair).key) : beginningOf(first, null);
}

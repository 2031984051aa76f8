import { type Conflict, conflictsOf } from "./conflicts.ts";
import { explainEmpty, explainIssue, shownPath } from "./explainIssue.ts";
import { mergeDefaults, own } from "./mergeDefaults.ts";
import type { Rule, RuleSet } from "./ruleSet.ts";
import { type RulesProblem, sortProblems } from "./rulesProblem.ts";
import { ruleSchema, rulesFileSchema } from "./rulesSchema.ts";
import { withoutFaults } from "./withoutFaults.ts";
import type { Path } from "./yamlFlaws.ts";
import { readYaml, type YamlSource } from "./yamlSource.ts";

export type ParsedRules =
  | { readonly ok: true; readonly rules: RuleSet }
  /** In the order of the file. */
  | { readonly ok: false; readonly problems: readonly RulesProblem[] };

/** Further issues are not explained: a file with more of them is not a rules file, and it would take long. */
const MAX_ISSUES = 1_000;

/** The rules of a YAML text with a value for every key, or all of its problems. Never throws. */
export function parseRules(text: string, file: string): ParsedRules {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return { ok: false, problems: sortProblems(yaml.problems) };
  const { source } = yaml;
  if (source.value === null) return { ok: false, problems: [emptyFile(source, file)] };

  const checked = rulesFileSchema.safeParse(source.value);
  const issues = checked.success ? [] : checked.error.issues;
  const empty = new Set(source.emptyKeys.map(String));
  const explained = [
    ...source.emptyKeys.map(explainEmpty),
    ...issues
      .filter(({ path }) => !empty.has(String(path)))
      .slice(0, MAX_ISSUES)
      .flatMap((issue) => explainIssue(issue, valueAt(source.value, issue.path))),
  ].map(({ path, on, sentence, hint }) => ({ file, place: source.place(path, on), sentence, hint }));
  // With issues in one rule, the others are still checked; issues in the list or in the defaults concern all rules.
  const faulty = new Set(
    [...issues.map(({ path }) => path), ...source.emptyKeys].map((path) => (path[0] === "rules" && path.length > 1 ? path[1] : path[0])),
  );
  const names = faulty.has("rules") ? [] : repeatedNames(source, file);
  const merged = faulty.has("rules") || faulty.has("defaults") ? NOTHING_MERGED : mergeRules(source, file, faulty);
  const problems = sortProblems([...source.problems, ...explained, ...names, ...merged.problems]);
  if (problems.length > 0 || !checked.success) return { ok: false, problems };
  return { ok: true, rules: { rules: merged.rules, brakes: checked.data.brakes } };
}

function emptyFile(source: YamlSource, file: string): RulesProblem {
  return {
    file,
    place: source.place([], "value"),
    sentence: "the file is empty",
    hint: "write `version: 1`, and `rules:` with at least one rule",
  };
}

interface Merged {
  readonly rules: readonly Rule[];
  readonly problems: readonly RulesProblem[];
}

const NOTHING_MERGED: Merged = { rules: [], problems: [] };

/** The rules after the merge with the defaults, and the conflicts in them. */
function mergeRules(source: YamlSource, file: string, faulty: ReadonlySet<PropertyKey | undefined>): Merged {
  const written = own(source.value, "rules");
  const defaults = own(source.value, "defaults");
  if (!Array.isArray(written)) return NOTHING_MERGED;
  const rules: Rule[] = [];
  const problems: RulesProblem[] = [];
  written.forEach((rule: unknown, index) => {
    if (faulty.has(index)) return void problems.push(...conflictsBeside(mergeDefaults(defaults, rule), index, source, file));
    // Both parts are valid, so the merged rule is valid, too: an exception here is a bug in the merge.
    const merged = ruleSchema.parse(mergeDefaults(defaults, rule));
    rules.push(merged);
    problems.push(...conflictsOf(merged).map((conflict) => locate(conflict, index, source, file)));
  });
  return { rules, problems };
}

/** The conflicts of a rule that has other mistakes, too: those between keys that are written and valid. */
function conflictsBeside(merged: unknown, index: number, source: YamlSource, file: string): readonly RulesProblem[] {
  const mended = withoutFaults(ruleSchema, merged);
  if (mended === null) return [];
  // What was left out, and what held it: a signal that is misspelled is not a signal that is missing.
  const empty = source.emptyKeys.map((path) => path.slice(path[0] === "rules" ? 2 : 1));
  const isOff = (path: Path) => [...mended.removed, ...empty].some((gone) => path.every((part, i) => i >= gone.length || part === gone[i]));
  const isWritten = (path: Path) => valueAt(merged, path) !== undefined;
  return conflictsOf(mended.value)
    .filter(({ paths }) => paths.every((path) => isWritten(path) && !isOff(path)))
    .map((conflict) => locate(conflict, index, source, file));
}

/** The problem of a conflict: its place is the key in the rule, or else in the defaults; its text names the source of each value. */
function locate(conflict: Conflict, index: number, source: YamlSource, file: string): RulesProblem {
  const places: readonly Path[] = [["rules", index], ["defaults"]];
  const isWritten = (path: Path): boolean => valueAt(source.value, path) !== undefined;
  const origins = conflict.paths.map((path) => places.findIndex((place) => isWritten([...place, ...path])));
  const closest = places.findIndex((_, origin) => origins.includes(origin));
  const at = origins.indexOf(closest);
  const sentence = conflict.values.reduce((text, value, part) => {
    const from = ["", ", from defaults"][origins[part] ?? -1] ?? ", built in";
    return text.replace(`{${part}}`, `${shownPath(conflict.paths[part] ?? [])} (${value}${from})`);
  }, conflict.sentence);
  const path: Path = closest < 0 ? ["rules", index] : [...(places[closest] ?? []), ...(conflict.paths[at] ?? [])];
  return { file, place: source.place(path, "value"), sentence, hint: conflict.hint };
}

function repeatedNames(source: YamlSource, file: string): readonly RulesProblem[] {
  const written = own(source.value, "rules");
  if (!Array.isArray(written)) return [];
  const first = new Map<string, number>();
  return written.flatMap((rule: unknown, index) => {
    const name = own(rule, "name");
    if (typeof name !== "string") return [];
    const twin = first.get(name);
    if (twin === undefined) {
      first.set(name, index);
      return [];
    }
    const line = source.place(["rules", twin, "name"], "value").line;
    const place = source.place(["rules", index, "name"], "value");
    return [{ file, place, sentence: `two rules have this name, the first one in line ${line}`, hint: "give each rule a unique name" }];
  });
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce((inside: unknown, part) => own(inside, part), value);
}

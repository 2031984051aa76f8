import { isAlias, isCollection, isMap, isScalar, type Node, type Pair } from "yaml";
import { quoted } from "./quoted.ts";
import { ALIAS, type Said, TOO_DEEP } from "./yamlErrors.ts";

/** Twice the depth of the schema. */
const MAX_DEPTH = 16;
/** A file with more flaws is not a rules file. */
const MAX_FLAWS = 1_000;

export type Path = readonly PropertyKey[];
export type Span = readonly [start: number, end: number];

/** Valid YAML that a rules file must not contain. */
export interface Flaw {
  readonly at: Span;
  readonly said: Said;
  /** The rest of the file cannot be checked. */
  readonly fatal: boolean;
}

/** Aliases, duplicate keys, and collections that are nested too deeply; `lineOf` returns the line of an offset. */
export function flawsOf(root: unknown, lineOf: (offset: number) => number): readonly Flaw[] {
  const flaws: Flaw[] = [];
  const visit = (node: unknown, depth: number): void => {
    if (flaws.length >= MAX_FLAWS) return;
    if (isAlias(node)) flaws.push({ at: rangeOf(node), said: ALIAS, fatal: true });
    if (!isCollection(node)) return;
    if (depth > MAX_DEPTH) {
      flaws.push({ at: rangeOf(node), said: TOO_DEEP, fatal: true });
      return;
    }
    if (isMap(node)) for (const flaw of keyFlaws(node.items, lineOf)) flaws.push(flaw);
    for (const item of node.items) visit(isMap(node) ? (item as Pair).value : item, depth + 1);
  };
  visit(root, 1);
  return flaws.slice(0, MAX_FLAWS);
}

/** The paths of keys without a value. YAML reads them as null, but the author may have meant something else. */
export function emptyKeysOf(root: unknown): readonly Path[] {
  const paths: Path[] = [];
  const visit = (node: unknown, path: Path): void => {
    if (paths.length >= MAX_FLAWS || !isCollection(node)) return;
    node.items.forEach((item, index) => {
      const [value, inside] = isMap(node) ? [(item as Pair).value, [...path, keyText(item as Pair)]] : [item, [...path, index]];
      if (isMap(node) && isEmpty(value)) paths.push(inside);
      visit(value, inside);
    });
  };
  visit(root, []);
  return paths;
}

function keyFlaws(pairs: readonly Pair[], lineOf: (offset: number) => number): readonly Flaw[] {
  const first = new Map<string, Pair>();
  return pairs.flatMap((pair): readonly Flaw[] => {
    const key = keyText(pair);
    const at = rangeOf(pair.key);
    // In a JavaScript object, this key would set the prototype.
    if (key === "__proto__") return [{ at, said: { sentence: "__proto__ is not a key", hint: "remove it" }, fatal: false }];
    const twin = first.get(key);
    if (twin === undefined) {
      first.set(key, pair);
      return [];
    }
    const line = lineOf(rangeOf(twin.key)[0]);
    return [
      {
        at,
        said: { sentence: `${shownKey(key)} is written twice, the first time in line ${line}`, hint: "keep one of them" },
        fatal: false,
      },
    ];
  });
}

/** The place of a node in the text. */
export function rangeOf(node: unknown): Span {
  const range = (node as Node | null)?.range;
  return range ? [range[0], range[1]] : [0, 0];
}

/** The key of a pair. Keys that are not text have been refused before. */
export function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : "";
}

/** Whether there is no value, as after the colon of `key:`. */
export function isEmpty(value: unknown): boolean {
  return value === null || (isScalar(value) && value.value === null && (value.source ?? "") === "");
}

/** A key for a sentence: a plain word as it is, anything else in quotes. */
export function shownKey(key: string): string {
  return /^[\w./-]{1,60}$/.test(key) ? key : quoted(key);
}

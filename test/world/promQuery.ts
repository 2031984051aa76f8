/**
 * An instant query of the only shape that the controller sends: `sum by (LABELS) (… or increase(NAME{MATCHERS}[WINDOW]))`. The
 * part before `or` selects series that did not exist a window ago, of clients that existed.
 */
export interface PromQuery {
  readonly by: readonly string[];
  readonly windowMs: number;
  matches(name: string, labels: Readonly<Record<string, string>>): boolean;
}

const SHAPE = new RegExp(
  String.raw`^sum by \(([a-z_, ]+)\) \(` +
    String.raw`\(\((([a-z_]*)\{(.*)\}) unless \2 offset ((\d+)(ms|s))\) and on \(job, instance, pod\) \2 offset \5\)` +
    String.raw` or increase\(\2\[\5\]\)\)$`,
);
const MATCHER = /([a-z_]+)(=~|=)"((?:[^"\\]|\\.)*)"(?:,|$)/y;

/** Parses a query; null if it has another shape. */
export function readPromQuery(text: string): PromQuery | null {
  const parts = SHAPE.exec(text);
  if (parts === null) return null;
  const [, by = "", , name = "", matchers = "", , amount = "", unit = ""] = parts;
  const tests = readMatchers(matchers);
  if (tests === null) return null;
  return {
    by: by.split(", "),
    windowMs: Number(amount) * (unit === "s" ? 1_000 : 1),
    matches: (seriesName, labels) =>
      (name === "" || name === seriesName) &&
      tests.every(({ label, test }) => test(label === "__name__" ? seriesName : (labels[label] ?? ""))),
  };
}

function readMatchers(text: string): readonly { readonly label: string; readonly test: (value: string) => boolean }[] | null {
  const tests: { readonly label: string; readonly test: (value: string) => boolean }[] = [];
  MATCHER.lastIndex = 0;
  while (MATCHER.lastIndex < text.length) {
    const parts = MATCHER.exec(text);
    if (parts === null) return null;
    const [, label = "", operator, quoted = ""] = parts;
    const value = quoted.replace(/\\(.)/g, "$1");
    // Prometheus anchors regular expressions.
    const pattern = operator === "=~" ? new RegExp(`^(?:${value})$`) : null;
    tests.push({ label, test: (seen) => (pattern === null ? seen === value : pattern.test(seen)) });
  }
  return tests;
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePromql } from "../../src/rules/parsePromql.ts";
import { withSelector } from "../../src/rules/withSelector.ts";

const WEST = 'cluster="west"';

describe("withSelector puts the matchers into every selector", () => {
  it.each([
    ["up", 'up{cluster="west"}'],
    ["up{}", 'up{cluster="west"}'],
    ["up{ }", 'up{cluster="west" }'],
    ['up{a="b"}', 'up{cluster="west",a="b"}'],
    ['up{a="b",}', 'up{cluster="west",a="b",}'],
    ['up {a="b"}', 'up {cluster="west",a="b"}'],
    ['{__name__=~"a|b"}', '{cluster="west",__name__=~"a|b"}'],
    ['{"met.ric"}', '{cluster="west","met.ric"}'],
    ['{"met.ric",a="}"}', '{cluster="west","met.ric",a="}"}'],
    ["rate(up[5m])", 'rate(up{cluster="west"}[5m])'],
    ['rate(up{a="[1m]"}[5m] offset 1h)', 'rate(up{cluster="west",a="[1m]"}[5m] offset 1h)'],
    ["up @ end() offset -5m", 'up{cluster="west"} @ end() offset -5m'],
    ["max_over_time(rate(a[1m])[1h:1m])", 'max_over_time(rate(a{cluster="west"}[1m])[1h:1m])'],
    ["sum by (a, b) (c)", 'sum by (a, b) (c{cluster="west"})'],
    ["sum(c) without (a)", 'sum(c{cluster="west"}) without (a)'],
    ["a / on (x) group_left (y) b", 'a{cluster="west"} / on (x) group_left (y) b{cluster="west"}'],
    ["a unless ignoring (x) b or c", 'a{cluster="west"} unless ignoring (x) b{cluster="west"} or c{cluster="west"}'],
    ["absent(a)", 'absent(a{cluster="west"})'],
    ['label_replace(a, "x", "{$1}", "y", "(.*){}")', 'label_replace(a{cluster="west"}, "x", "{$1}", "y", "(.*){}")'],
    ["a{x=`}{`}", 'a{cluster="west",x=`}{`}'],
    ["a # b{c}\n + # d\n e", 'a{cluster="west"} # b{c}\n + # d\n e{cluster="west"}'],
    ['a # {\n { # }\n b="c" # ,\n}', 'a # {\n {cluster="west", # }\n b="c" # ,\n}'],
    ["a{ # nothing\n}", 'a{cluster="west" # nothing\n}'],
    ["-a ^ 2 > bool b", '-a{cluster="west"} ^ 2 > bool b{cluster="west"}'],
    ["vector(1)", "vector(1)"],
    ["time() - 5", "time() - 5"],
    ['"a{b}"', '"a{b}"'],
    ['quantile(0.9, a{cluster="east"})', 'quantile(0.9, a{cluster="west",cluster="east"})'],
  ])("of %s", (query, expected) => expect(withSelector(query, WEST)).toBe(expected));
});

it.each(["", "a b", 'a{x="b', "sum(", "a{{x}}", "# a"])("withSelector refuses %j", (query) => expect(withSelector(query, WEST)).toBeNull());

const text = fc.constantFrom('"b"', "'}'", "`{,`", '"\\"}"', '"#"');
const space = fc.constantFrom("", " ", "\n", " # a{b}\n");
const matcher = fc
  .tuple(fc.constantFrom("a", "le", "by", '"d.e"'), fc.constantFrom("=", "!=", "=~", "!~"), text)
  .map((parts) => parts.join(""));
const braces = fc
  .tuple(space, fc.array(matcher, { maxLength: 3 }), fc.boolean())
  .map(([gap, matchers, comma]) => `{${gap}${matchers.join(`,${gap}`)}${comma && matchers.length > 0 ? "," : ""}${gap}}`);
const named = fc
  .tuple(fc.constantFrom("up", "a:b_c", "sum", "offset_x"), fc.constantFrom("", " "), fc.option(braces))
  .map(([name, gap, inner]) => (inner === null ? name : `${name}${gap}${inner}`));
const nameless = matcher.map((one) => `{__name__=~"x.*",${one}}`);
const modifier = fc.constantFrom("", " offset 5m", " @ 1700000000", " @ start() offset -1h");

const { expression } = fc.letrec<{ readonly expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthIdentifier: "expression" },
    fc.tuple(fc.oneof(named, nameless), modifier).map((parts) => parts.join("")),
    fc.constant("vector(1)"),
    fc.tuple(named, modifier).map(([selector, after]) => `rate(${selector}[5m]${after})`),
    tie("expression").map((inner) => `max_over_time((${inner})[1h:1m])`),
    fc.tuple(space, tie("expression")).map(([gap, inner]) => `sum by (a,${gap}le) (${inner})`),
    fc
      .tuple(tie("expression"), space, fc.constantFrom("+", "/ on (a) group_left (b)", "unless ignoring (c)", "> bool"), tie("expression"))
      .map(([left, gap, operator, right]) => `(${left})${gap} ${operator} (${right})`),
    fc.tuple(tie("expression"), text).map(([inner, to]) => `label_replace(${inner}, "x", ${to}, "y", "(.*)")`),
  ),
}));
const selectors = fc.array(fc.tuple(fc.constantFrom("cluster", "tenant"), fc.constantFrom("=", "!~"), text), {
  minLength: 1,
  maxLength: 3,
});

it("puts the matchers into every selector of any query, and changes nothing else", () => {
  let selected = 0;
  fc.assert(
    fc.property(expression, selectors, (query, given) => {
      const matchers = given.map((parts) => parts.join("")).join(",");
      const result = withSelector(query, matchers) ?? "";
      const [before, after] = [vectors(query), vectors(result)];
      expect(after.length).toBe(before.length);
      for (const selector of after) expect(selector).toContain(`{${matchers}`);
      selected += after.length;
      const undone = result.replaceAll(`{${matchers},`, "{").replaceAll(`{${matchers}`, "{");
      expect(undone.replaceAll("{}", "")).toBe(query.replaceAll("{}", ""));
    }),
    { numRuns: 500 },
  );
  expect(selected).toBeGreaterThan(500);
});

/** The text of every vector selector of a query, which must parse. */
function vectors(query: string): readonly string[] {
  const tree = parsePromql(query);
  if (typeof tree === "number") throw new Error(`no parse at ${tree}: ${query}`);
  const found: string[] = [];
  tree.iterate({ enter: ({ name, from, to }) => void (name === "VectorSelector" && found.push(query.slice(from, to))) });
  return found;
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkQuery, MAX_QUERY_LENGTH } from "../../src/rules/checkQuery.ts";

describe("checkQuery accepts", () => {
  it.each([
    "up",
    "1",
    "time()",
    'max(queue_depth{namespace="{{namespace}}",service="{{service}}"})',
    "sum by (x) (rate(a{route='{{route}}'}[5m])) / ignoring (y) group_left sum(b)",
    'a{x=~"^{{service}}-{{cluster}}$"}',
    "a{x=`{{service}}`}",
    '{"met.ric", x="{{service}}"}',
    'label_replace(a, "x", "{{service}}", "", "")',
    "max_over_time(a[1h:1m] offset 5m) # a note",
    "a @ start()",
    "a offset -5m",
    "histogram_quantile(0.9, sum by (le) (rate(a_bucket[1m])))",
    'a{x="}"} > 0',
    "a\n+\n  b\n",
  ])("%s", (query) => expect(checkQuery(query)).toEqual({ value: query }));
});

describe("checkQuery refuses", () => {
  const unquoted = (name: string) => `use it as a label value or as part of one: {${name}="{{${name}}}"}`;
  const range = "wrap it in a function, as rate(…) or max_over_time(…), or remove the brackets with the duration";
  const open = "close every quote, bracket and brace, and give every operator its right-hand side";
  it.each([
    ["", "is empty", "write a PromQL query that returns one number for a backend"],
    [" \n", "is empty", "write a PromQL query that returns one number for a backend"],
    ["# nothing", "is incomplete PromQL", open],
    ["sum(a", "is incomplete PromQL", open],
    ["a >", "is incomplete PromQL", open],
    ['a{x="b', "is incomplete PromQL", open],
    ['a{x="{{service}}', "is incomplete PromQL", open],
    ["a b", 'is not valid PromQL from "b" on', "try the query in Prometheus first; label values must be in quotes"],
    ["sum(a))", 'is not valid PromQL from ")" on', "try the query in Prometheus first; label values must be in quotes"],
    ["a{x=b}", 'is not valid PromQL from "b}" on', "try the query in Prometheus first; label values must be in quotes"],
    ["rat(a[5m])", 'calls "rat", which is not a function of PromQL', "check the spelling of the function"],
    ["a[5m]", "returns a range of values, but must return the current value", range],
    ["((a[5m])) # note", "returns a range of values, but must return the current value", range],
    ["# note\na[5m]", "returns a range of values, but must return the current value", range],
    ["a[5m] offset 1h", "returns a range of values, but must return the current value", range],
    ["a[5m] @ end()", "returns a range of values, but must return the current value", range],
    ["rate(a[5m])[1h:1m]", "returns a range of values, but must return the current value", range],
    ['"a"', "returns a string, but must return a number", "write a query for a metric"],
    ["('a')", "returns a string, but must return a number", "write a query for a metric"],
    ['a{x="{{servce}}"}', 'has the placeholder "{{servce}}", which does not exist', "write {{service}}"],
    ['a{x="{{ service }}"}', 'has the placeholder "{{ service }}", which does not exist', "write {{service}}"],
    ['a{x="{{Namespace}}"}', 'has the placeholder "{{Namespace}}", which does not exist', "write {{namespace}}"],
    [
      'a{x="{{pod}}"}',
      'has the placeholder "{{pod}}", which does not exist',
      "the placeholders are {{namespace}}, {{service}}, {{cluster}}, {{route}}",
    ],
    ['a{x="{{service"}', "has a placeholder that is not closed", "write it as {{service}}"],
    ["a{x={{service}}}", "has {{service}} outside of quotes", unquoted("service")],
    ["{{service}}_queue", "has {{service}} outside of quotes", unquoted("service")],
    ["sum by ({{route}}) (a)", "has {{route}} outside of quotes", unquoted("route")],
    ['a{{{cluster}}="x"}', "has {{cluster}} outside of quotes", unquoted("cluster")],
    ["a # {{service}}", "has {{service}} outside of quotes", unquoted("service")],
    ["a[{{route}}]", "has {{route}} outside of quotes", unquoted("route")],
  ])("%j", (query, wrong, hint) => expect(checkQuery(query)).toEqual({ wrong, hint }));

  it("a long text", () => {
    expect(checkQuery("a".repeat(MAX_QUERY_LENGTH))).toHaveProperty("value");
    expect(checkQuery("a".repeat(MAX_QUERY_LENGTH + 1))).toMatchObject({ wrong: "has 4097 characters, but at most 4096 are allowed" });
  });
});

it("checkQuery never throws, and keeps what it accepts", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "sum(",
      ")",
      "a",
      "{",
      "}",
      '"',
      "'",
      "`",
      "[5m]",
      "{{service}}",
      "{{",
      "}}",
      "=",
      "\\",
      "#",
      "\n",
      " by ",
      "- ",
      "@ ",
      ",",
    ),
    fc.string({ unit: "binary", maxLength: 3 }),
  );
  const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, (query) => {
      const result = checkQuery(query);
      if ("value" in result) expect(result.value).toBe(query);
      else expect(result.hint).not.toBe("");
    }),
    { numRuns: 2_000 },
  );
});

it.each(["(", "a{b", "sum(", "-", "a+"])("checkQuery is fast for a long run of %j", (piece) => {
  const startedMs = performance.now();
  expect(checkQuery(piece.repeat(Math.floor(MAX_QUERY_LENGTH / piece.length)))).toHaveProperty("wrong");
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});

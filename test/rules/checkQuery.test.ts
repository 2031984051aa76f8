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
  const unquoted = (name: string) => `use it as the value of a label or inside of one: {${name}="{{${name}}}"}`;
  const range = "wrap it in a function, as rate(…) or max_over_time(…), or leave out the brackets with the time";
  const open = "close every quote, bracket and brace, and end no operator in nothing";
  it.each([
    ["", "is empty", "write a PromQL query that gives one number for a backend"],
    [" \n", "is empty", "write a PromQL query that gives one number for a backend"],
    ["# nothing", "is PromQL that is not complete", open],
    ["sum(a", "is PromQL that is not complete", open],
    ["a >", "is PromQL that is not complete", open],
    ['a{x="b', "is PromQL that is not complete", open],
    ['a{x="{{service}}', "is PromQL that is not complete", open],
    ["a b", 'is not PromQL from "b" on', "try the query in Prometheus first; the values of labels stand in quotes"],
    ["sum(a))", 'is not PromQL from ")" on', "try the query in Prometheus first; the values of labels stand in quotes"],
    ["a{x=b}", 'is not PromQL from "b}" on', "try the query in Prometheus first; the values of labels stand in quotes"],
    ["rat(a[5m])", 'calls "rat", which is not a function of PromQL', "check how the function is spelled"],
    ["a[5m]", "gives a range of values, but must give one of now", range],
    ["((a[5m])) # note", "gives a range of values, but must give one of now", range],
    ["# note\na[5m]", "gives a range of values, but must give one of now", range],
    ["a[5m] offset 1h", "gives a range of values, but must give one of now", range],
    ["a[5m] @ end()", "gives a range of values, but must give one of now", range],
    ["rate(a[5m])[1h:1m]", "gives a range of values, but must give one of now", range],
    ['"a"', "gives a text, but must give a number", "write a query for a metric"],
    ["('a')", "gives a text, but must give a number", "write a query for a metric"],
    ['a{x="{{servce}}"}', 'has the placeholder "{{servce}}", which is not known', "write {{service}}"],
    ['a{x="{{ service }}"}', 'has the placeholder "{{ service }}", which is not known', "write {{service}}"],
    ['a{x="{{Namespace}}"}', 'has the placeholder "{{Namespace}}", which is not known', "write {{namespace}}"],
    [
      'a{x="{{pod}}"}',
      'has the placeholder "{{pod}}", which is not known',
      "the known ones are {{namespace}}, {{service}}, {{cluster}}, {{route}}",
    ],
    ['a{x="{{service"}', "opens a placeholder that it does not close", "write it as {{service}}"],
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

it.each(["(", "a{b", "sum(", "-", "a+"])("checkQuery is done soon with a long run of %j", (piece) => {
  const startedMs = performance.now();
  expect(checkQuery(piece.repeat(Math.floor(MAX_QUERY_LENGTH / piece.length)))).toHaveProperty("wrong");
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});

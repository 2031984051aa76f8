import { describe, expect, it } from "vitest";
import { readMatchers } from "../../src/rules/readMatchers.ts";

describe("readMatchers accepts", () => {
  it.each([
    ['cluster="west"', 'cluster="west"'],
    [' cluster = "west" , ', 'cluster="west"'],
    [`a="1",b!='2',c=~"x|y",d!~\`z\``, `a="1",b!='2',c=~"x|y",d!~\`z\``],
    ['cluster=""', 'cluster=""'],
    ['"k8s.cluster.name"="west"', '"k8s.cluster.name"="west"'],
    ['a=~"\\\\(x|y[(]|(?i)z|(?P<n>w)"', 'a=~"\\\\(x|y[(]|(?i)z|(?P<n>w)"'],
    ["a!~`\\(x`", "a!~`\\(x`"],
    ['a="("', 'a="("'],
    ['cluster="a}b,c"', 'cluster="a}b,c"'],
    ['cluster="a\\"b"', 'cluster="a\\"b"'],
    ['"k8s.cluster"="west"', '"k8s.cluster"="west"'],
    ['cluster="west" # ours', 'cluster="west"'],
  ])("%s", (text, matchers) => expect(readMatchers(text)).toEqual({ value: matchers }));
});

describe("readMatchers refuses", () => {
  it.each([
    ["", "has no label matcher"],
    ['a=~"("', 'has "\\"(\\"", which is no regular expression'],
    ['a="1",b!~"[x"', 'has "\\"[x\\"", which is no regular expression'],
    ["a=~'*'", "has \"'*'\", which is no regular expression"],
    [",", 'is not a list of label matchers from "," on'],
    ["cluster", "is incomplete"],
    ["cluster=west", 'is not a list of label matchers from "west" on'],
    ['cluster="west', 'has a quote that is not closed: "\\"west"'],
    ['{cluster="west"}', 'is not a list of label matchers from "{cluster=\\"west\\"}" on'],
    ['a="b"} or up{c="d"', "is more than label matchers"],
    ['a="b"} offset 1h #', "is incomplete"],
    ['up{a="b"', 'is not a list of label matchers from "{a=\\"b\\"" on'],
    ['__name__="up"', "selects by __name__, but must select by labels only"],
    ['"__name__"=~".+"', "selects by __name__, but must select by labels only"],
    ['"up",a="b"', "has a metric name, but must have labels only"],
    [`a="${"x".repeat(1_024)}"`, "has 1028 characters, but at most 1024 are allowed"],
  ])("%j", (text, wrong) => expect(readMatchers(text)).toEqual({ wrong, hint: expect.stringContaining('cluster="west"') }));
});

import { expect, it } from "vitest";
import { familiesQuery, readFamilies } from "../../src/linkerd/families.ts";

it("queries each name once, literally and not as a pattern", () => {
  expect(familiesQuery(["up", "a.b", "up"])).toBe(
    'label_replace(count by (__name__) ({__name__=~"a\\\\.b|up"}), "metric", "$1", "__name__", "(.+)")',
  );
});

it("reads series by name", () => {
  expect(readFamilies([{ labels: { metric: "up" }, value: 3 }])).toEqual(new Map([["up", 3]]));
});

import { expect, it } from "vitest";
import { familiesQuery, readFamilies } from "../../src/linkerd/families.ts";

it("queries each name once and exactly, never as a pattern", () => {
  expect(familiesQuery(["up", "a.b", "up"])).toBe(
    'label_replace(count({__name__="a.b"}), "metric", "a.b", "", "") or label_replace(count(up), "metric", "up", "", "")',
  );
});

it("reads series by name", () => {
  expect(readFamilies([{ labels: { metric: "up" }, value: 3 }])).toEqual(new Map([["up", 3]]));
});

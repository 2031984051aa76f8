import { describe, expect, it } from "vitest";
import { readDifference } from "../../src/linkerd/difference.ts";

const sample = (labels: Record<string, string>, value: number) => ({ labels, value });

describe("the difference of two moments", () => {
  it("is taken for each set of labels", () => {
    const samples = [
      sample({ status: "200", b: "" }, 350),
      sample({ status: "500" }, 7),
      sample({ moment: "then", b: "", status: "200" }, 200),
    ];
    expect(readDifference(samples)).toEqual([
      { labels: { status: "200", b: "" }, value: 150 },
      { labels: { status: "500" }, value: 7 },
    ]);
  });

  it("is unknown where the counter went back", () => {
    const samples = [sample({}, 5), sample({ moment: "then" }, 9)];
    expect(readDifference(samples)).toEqual([{ labels: {}, value: null }]);
  });

  it("does not exist where nothing is known now", () => {
    expect(readDifference([sample({ moment: "then" }, 9)])).toEqual([]);
  });

  it("leaves increases as they are", () => {
    expect(readDifference([sample({ a: "b" }, 3)])).toEqual([{ labels: { a: "b" }, value: 3 }]);
  });
});

import { describe, expect, it } from "vitest";
import { SeriesSplitter } from "../../src/observer/splitSeries.ts";

/** What comes out if the text arrives in pieces of this length. */
function split(text: string, length = text.length): { series: unknown[]; rest: string } {
  const series: unknown[] = [];
  const splitter = new SeriesSplitter((one) => series.push(one));
  for (let at = 0; at < text.length; at += length) splitter.add(text.slice(at, at + length));
  return { series, rest: splitter.end() };
}

const answer = (series: readonly unknown[]) =>
  JSON.stringify({ status: "success", data: { resultType: "vector", result: series }, warnings: ["w"] });
const EMPTY = answer([]);
const HARD = ["}", '"]', "\\", '\\"', "{[", "ü €", "\n", ""].map((text, i) => ({
  metric: { a: text, [`b${i}`]: "x" },
  value: [1.5, String(i)],
}));

describe("the series of an answer", () => {
  it.each([1, 2, 3, 7, 50, 10_000])("are whole, and the rest has none of them, in pieces of %d characters", (length) => {
    expect(split(answer(HARD), length)).toEqual({ series: HARD, rest: EMPTY });
    const spaced = JSON.stringify(JSON.parse(answer(HARD)), null, 2);
    const { series, rest } = split(spaced, length);
    expect([series, JSON.parse(rest)]).toEqual([HARD, JSON.parse(EMPTY)]);
  });

  it.each([
    ["an empty result", EMPTY],
    ["a scalar", '{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}'],
    ["a page", "<html>result</html>"],
    ["a message that looks like it", JSON.stringify({ status: "error", error: 'no "result":[{ here' })],
    ["half an answer", '{"status":"success","data":{"result'],
  ])("are none in %s", (_what, text) => {
    for (const length of [1, 5, 1_000]) expect(split(text, length)).toEqual({ series: [], rest: text });
  });

  it("are looked for in each piece once, however long the text becomes", { timeout: 5_000 }, () => {
    const message = `{"status":"error","error":"${"x".repeat(1_000_000)}"}`;
    expect(split(message, 10)).toEqual({ series: [], rest: message });
  });

  it("are not looked for in more than 1 MiB", () => {
    expect(() => split(" ".repeat(2 * 1024 * 1024), 64 * 1024)).toThrow("more than 1 MiB of the answer is no series");
  });

  it("are refused if one is no object", () => {
    expect(() => split('{"data":{"result":[{"a":1},null]}}')).toThrow(SyntaxError);
    expect(() => split('{"data":{"result":[{"a":1},{b}]}}')).toThrow(SyntaxError);
  });

  it("leave half an answer behind that is no JSON", () => {
    for (const cut of [3, 20, 40]) expect(() => JSON.parse(split(answer(HARD).slice(0, -cut)).rest)).toThrow(SyntaxError);
  });
});

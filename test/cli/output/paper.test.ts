import { afterEach, expect, it, vi } from "vitest";
import { coloured, paperOf } from "../../../src/cli/output/paper.ts";

const stream = (isTTY: boolean, columns?: number) => ({ isTTY, columns }) as NodeJS.WriteStream;

afterEach(() => vi.unstubAllEnvs());

it.each([
  ["a terminal", true, "", true],
  ["a pipe", false, "", false],
  ["a terminal whose user wants no colours", true, "1", false],
])("knows %s", (_, isTTY, noColour, colours) => {
  vi.stubEnv("NO_COLOR", noColour);
  const paper = paperOf(stream(isTTY));
  expect(paper).toEqual({ colours, columns: 80 });
  expect(coloured("x", "bad", paper)).toBe(colours ? "\u001b[31mx\u001b[0m" : "x");
});

it("writes no wider than the terminal, nor than 80 columns", () => {
  expect([40, 80, 200].map((columns) => paperOf(stream(true, columns)).columns)).toEqual([40, 80, 80]);
});

it("can be read where the terminal is tiny, or says that it has no columns", () => {
  expect([0, 1, 39].map((columns) => paperOf(stream(true, columns)).columns)).toEqual([80, 40, 40]);
});

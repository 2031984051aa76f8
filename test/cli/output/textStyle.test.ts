import { afterEach, expect, it, vi } from "vitest";
import { coloured, textStyleOf } from "../../../src/cli/output/textStyle.ts";

const stream = (isTTY: boolean, columns?: number) => ({ isTTY, columns }) as NodeJS.WriteStream;

afterEach(() => vi.unstubAllEnvs());

it.each([
  ["a terminal", true, "", true],
  ["a pipe", false, "", false],
  ["a terminal whose user wants no colours", true, "1", false],
])("knows %s", (_, isTTY, noColour, colours) => {
  vi.stubEnv("NO_COLOR", noColour);
  const style = textStyleOf(stream(isTTY));
  expect(style).toEqual({ colours, columns: 80, tableColumns: isTTY ? 80 : Number.POSITIVE_INFINITY });
  expect(coloured("x", "bad", style)).toBe(colours ? "\u001b[31mx\u001b[0m" : "x");
});

it("is as wide as the terminal, but at most 80 columns; a table takes all of them", () => {
  expect([40, 80, 200].map((columns) => textStyleOf(stream(true, columns)).columns)).toEqual([40, 80, 80]);
  expect(textStyleOf(stream(true, 200)).tableColumns).toBe(200);
});

it("has at least 40 columns, and 80 if the width is unknown", () => {
  expect([0, 1, 39].map((columns) => textStyleOf(stream(true, columns)).columns)).toEqual([80, 40, 40]);
});

import { expect, it } from "vitest";
import { roughDuration } from "../../src/rules/roughDuration.ts";

it.each([
  [999, "1s"],
  [2_532, "2.5s"],
  [9_836, "9.8s"],
  [10_169, "10s"],
  [59_700, "1m"],
])("%d ms is about %s", (ms, text) => expect(roughDuration(ms)).toBe(text));

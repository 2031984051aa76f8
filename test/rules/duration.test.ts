import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DURATION_PATTERN, formatDuration, parseDuration } from "../../src/rules/duration.ts";

describe("parseDuration", () => {
  it.each([
    ["500ms", 500],
    ["10s", 10_000],
    ["1m", 60_000],
    ["1m30s", 90_000],
    ["1h", 3_600_000],
    ["1h1ms", 3_600_001],
    ["90s", 90_000],
    ["0s", 0],
  ])("reads %s", (text, ms) => expect(parseDuration(text)).toEqual({ value: ms }));

  it.each([
    ["", "write it as 500ms, 10s, 1m30s or 1h"],
    ["10", "write it as 10s"],
    ["10 s", "write it as 10s"],
    ["10S", "write it as 10s"],
    ["10sec", "write it as 10s"],
    ["5 minutes", "write it as 5m"],
    ["1.5h", "write it as 1h30m"],
    ["1d", "write it as 24h"],
    ["-5s", "a duration is never negative; write it as 500ms, 10s, 1m30s or 1h"],
    ["1s1m", "write it as 500ms, 10s, 1m30s or 1h"],
    ["1:30", "write it as 500ms, 10s, 1m30s or 1h"],
    ["soon", "write it as 500ms, 10s, 1m30s or 1h"],
  ])("refuses %j with the hint: %s", (text, hint) => expect(parseDuration(text)).toMatchObject({ hint }));
});

describe("formatDuration", () => {
  it.each([
    [0, "0s"],
    [1, "1ms"],
    [1_500, "1s500ms"],
    [90_000, "1m30s"],
    [60_000, "1m"],
    [5_400_000, "1h30m"],
    [86_400_000, "24h"],
    [999.6, "1s"],
    [-10_000, "-10s"],
  ])("writes %d as %s", (ms, text) => expect(formatDuration(ms)).toBe(text));

  it("writes what parseDuration reads back", () => {
    fc.assert(
      fc.property(fc.nat(10_000_000_000), (ms) => {
        expect(parseDuration(formatDuration(ms))).toEqual({ value: ms });
      }),
    );
  });
});

describe("the pattern in the JSON Schema", () => {
  it("matches exactly what parseDuration accepts", () => {
    const part = fc.constantFrom("1h", "20m", "3s", "400ms", "5", "m", " ", "x");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const text = parts.join("");
        expect([text, new RegExp(DURATION_PATTERN).test(text)]).toEqual([text, "value" in parseDuration(text)]);
      }),
    );
  });

  it("has no lookaround, which Go does not support", () => {
    expect(DURATION_PATTERN).not.toMatch(/\(\?[=!<]/);
  });
});

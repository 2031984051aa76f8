import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatShare, parseShare } from "../../src/rules/share.ts";

describe("parseShare", () => {
  it.each([
    ["95%", 0.95],
    ["99.9%", 0.999],
    ["0%", 0],
    ["100%", 1],
    ["0.0001%", 0.000_001],
    [0.95, 0.95],
    [1, 1],
    [0, 0],
  ])("reads %s", (raw, share) => expect(parseShare(raw)).toEqual({ value: share }));

  it.each([
    [95, "is 95, but a share is at most 100%", "write 95% if that is what you mean"],
    ["190%", "is 190%, but a share is at most 100%", "write it as 95% or 0.95"],
    ["100.1%", "is 100.1%, but a share is at most 100%", "write it as 95% or 0.95"],
    ["-5%", "is -5%, but a share is never negative", "write it as 95% or 0.95"],
    [-0.5, "is -0.5, but a share is never negative", "write it as 95% or 0.95"],
    ["95", 'is "95", which is not a share', "write it as 95%"],
    ["95 %", 'is "95 %", which is not a share', "write it as 95%"],
    ["0.95", 'is "0.95", which is not a share', "write it as 0.95 without quotes, or as 95%"],
    ["most", 'is "most", which is not a share', "write it as 95% or 0.95"],
    [0.123_456_7, "is 0.1234567, which is more precise than 0.0001%", "write it as 12.3457%"],
  ])("refuses %s", (raw, wrong, hint) => expect(parseShare(raw)).toEqual({ wrong, hint }));
});

describe("formatShare", () => {
  it.each([
    [0.95, "95%"],
    [0.999, "99.9%"],
    [0.000_001, "0.0001%"],
    [1, "100%"],
  ])("writes %d as %s", (share, text) => expect(formatShare(share)).toBe(text));

  it("rounds measured shares to the given decimals", () => expect(formatShare(2 / 3, 1)).toBe("66.7%"));

  it("writes what parseShare reads back", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (ppm) => {
        expect(parseShare(formatShare(ppm / 1_000_000))).toEqual({ value: ppm / 1_000_000 });
      }),
    );
  });
});

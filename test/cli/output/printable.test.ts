import { expect, it } from "vitest";
import { printable, printableJson, printableLine } from "../../../src/cli/output/printable.ts";
import { plainLine } from "../../../src/cli/wiring/logger.ts";

/** Clears the screen by both kinds of escape, rings, turns the line around, hides a letter. */
const HOSTILE = "a\u001b[2J\u009b31mb\u0007\u202ec\u200b\u2028d\r\u007f";
const SHOWN = "a\\u001b[2J\\u009b31mb\\u0007\\u202ec\\u200b\\u2028d\\u000d\\u007f";

it("shows what a terminal would obey", () => {
  expect(printable(HOSTILE)).toBe(SHOWN);
  expect(printable("a\nb")).toBe("a\nb");
  expect(printableLine("a\nb")).toBe("a\\nb");
  expect(printable("café 日本 🚀 √ ‼ ×")).toBe("café 日本 🚀 √ ‼ ×");
});

it("keeps one line of the plain log one line, and a field a field", () => {
  const line = {
    time: "2026-01-02T03:04:05.678Z",
    level: "warn",
    msg: `x\n00:00:00 ERROR ${HOSTILE}`,
    name: "web",
    manager: "me level=error",
  };
  expect(plainLine(JSON.stringify(line))).toBe(`03:04:05.678 WARN  x\\n00:00:00 ERROR ${SHOWN} name=web manager="me level=error"\n`);
});

it("spells in JSON what cannot be seen, so that it reads back the same", () => {
  const value = { [HOSTILE]: `${HOSTILE}\u{e0041}` };
  const text = printableJson(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(text).toMatch(/^[\x20-\x7e\n]+$/);
});

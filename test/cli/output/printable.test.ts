import { expect, it } from "vitest";
import { printable, printableJson, printableLine } from "../../../src/cli/output/printable.ts";
import { plainLine } from "../../../src/cli/wiring/logger.ts";

/** Two escape sequences that clear the screen, a bell, and characters that reorder or hide text. */
const HOSTILE = "a\u001b[2J\u009b31mb\u0007\u202ec\u200b\u2028d\r\u007f";
const SHOWN = "a\\u001b[2J\\u009b31mb\\u0007\\u202ec\\u200b\\u2028d\\u000d\\u007f";

it("escapes what a terminal would interpret", () => {
  expect(printable(HOSTILE)).toBe(SHOWN);
  expect(printable("a\nb")).toBe("a\nb");
  expect(printableLine("a\nb")).toBe("a\\nb");
  expect(printable("café 日本 🚀 √ ‼ ×")).toBe("café 日本 🚀 √ ‼ ×");
});

it("keeps a plain log line one line, and each field separate", () => {
  const line = {
    time: "2026-01-02T03:04:05.678Z",
    level: "warn",
    msg: `x\n00:00:00 ERROR ${HOSTILE}`,
    name: "web",
    manager: "me level=error",
  };
  expect(plainLine(JSON.stringify(line))).toBe(`03:04:05.678 WARN  x\\n00:00:00 ERROR ${SHOWN} name=web manager="me level=error"\n`);
});

it("escapes invisible characters in JSON, without changing the value", () => {
  const value = { [HOSTILE]: `${HOSTILE}\u{e0041}` };
  const text = printableJson(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(text).toMatch(/^[\x20-\x7e\n]+$/);
});

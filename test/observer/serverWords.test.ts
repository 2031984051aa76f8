import { expect, it } from "vitest";
import { serverWords } from "../../src/observer/serverWords.ts";

it.each<[string, unknown, string]>([
  ["a text", "no org id\n", "no org id"],
  ["the first line of a text", "\n\n  Forbidden \r\nsee the log", "Forbidden"],
  ["the title of a page", "<!DOCTYPE html>\n<html><head><title>\n 503 &amp; away </title></head><body>x</body></html>", "503 & away"],
  [
    "a page without a title",
    "<html><style>p{}</style><body><h1>Sign&nbsp;in</h1>\n<p>please</p><script>x('<b>')</script>",
    "Sign in please",
  ],
  ["an empty page", "<html></html>", ""],
  ["a page with an empty title", "<title></title><b>no</b>", "no"],
  ["XML", '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "AccessDenied"],
  ["Amazon's JSON", { message: "Missing Authentication Token" }, "Missing Authentication Token"],
  ["Google's JSON", [{ error: { code: 403, message: "Permission denied" } }], "Permission denied"],
  ["other JSON", { ok: false }, ""],
  ["null", null, ""],
  ["a number", 5, ""],
  ["an escape sequence", "\u001b[31mred\u0007\u202e", "[31mred"],
])("the words of %s", (_what, body, words) => expect(serverWords(body)).toBe(words));

it("reads only the beginning of a long page", () => {
  const began = performance.now();
  expect(serverWords(`<p>${"<".repeat(10_000_000)}`)).toBe("");
  expect(performance.now() - began).toBeLessThan(500);
});

import { describe, expect, it } from "vitest";
import { headersMistake, parseHeaders } from "../../src/observer/httpHeaders.ts";

const SECRET = "s3cret-value";

describe("a headers file", () => {
  it("has NAME: VALUE or NAME=VALUE in a line", () => {
    const text = `# ours\n\nX-Scope-OrgID: a|b\r\n  Authorization :  Token ${SECRET}=\nX-Key=a:b=c\n`;
    expect(parseHeaders(text)).toEqual([
      ["X-Scope-OrgID", "a|b"],
      ["Authorization", `Token ${SECRET}=`],
      ["X-Key", "a:b=c"],
    ]);
  });

  it("may be empty", () => expect(parseHeaders("\n")).toEqual([]));

  it.each([
    [`X-A: b\n${SECRET}`, "line 2 is not NAME: VALUE"],
    [`X A: ${SECRET}`, "line 1 is not NAME: VALUE"],
    [`: ${SECRET}`, "line 1 is not NAME: VALUE"],
    ["X-A:", "it has no value for X-A"],
    [`X-A: ${SECRET}\u0000`, "it has a line break or another character that cannot be sent in the value of X-A"],
    [`X-A: ${SECRET}\r!`, "it has a line break or another character that cannot be sent in the value of X-A"],
    [`X-A: ${SECRET}→`, "it has a line break or another character that cannot be sent in the value of X-A"],
    [`X-Ä: ${SECRET}`, "it has a name that is empty or has other characters than letters, digits and -"],
    [`X-A: ${SECRET}\nx-a: c`, "it sets x-a twice"],
    [`Content-Length: ${SECRET}`, "it sets Content-Length, which is set already"],
  ])("refuses %j without quoting it", (text, why) => {
    expect(() => parseHeaders(text)).toThrow(new Error(why));
  });
});

it.each<[string, string, string | null]>([
  ["X-A", "b", null],
  ["X-A", "ä, \t~", null],
  ["X-A", "b\nX-B: c", "has a line break or another character that cannot be sent in the value of X-A"],
  ["X-A\n", "b", "has a name that is empty or has other characters than letters, digits and -"],
  ["", "b", "has a name that is empty or has other characters than letters, digits and -"],
  ["Transfer-Encoding", "b", "sets Transfer-Encoding, which is set already"],
])("the header %j: %j", (name, value, mistake) => expect(headersMistake([[name, value]])).toBe(mistake));

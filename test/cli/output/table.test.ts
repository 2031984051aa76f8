import { expect, it } from "vitest";
import { renderTable } from "../../../src/cli/output/table.ts";

const PLAIN = { colours: false, columns: 80 };
const HEAD = ["NAMESPACE", "ROUTE", "NOTES"];

it("aligns columns", () => {
  expect(
    renderTable(
      HEAD,
      [
        ["shop", "web", "a"],
        ["b", "a-longer-name", ""],
      ],
      PLAIN,
    ),
  ).toBe("NAMESPACE  ROUTE          NOTES\nshop       web            a\nb          a-longer-name\n");
});

it("cuts the widest columns if the table does not fit, and marks cut cells with …", () => {
  const rows = [
    ["shop", "r".repeat(200), "n".repeat(60)],
    ["x".repeat(63), "web", "short"],
  ];
  const lines = renderTable(HEAD, rows, PLAIN).trimEnd().split("\n");
  expect(Math.max(...lines.map((line) => [...line].length))).toBe(80);
  expect(lines[1]).toMatch(/^shop +r+… {2}n+…$/);
  expect(lines[2]).toMatch(/^x+… {2}web +short$/);
});

it("colours a cell without shifting the others, and escapes what a terminal would interpret", () => {
  const row = [{ text: "ok", colour: "good" as const }, "\u001b[2Jx\ny", "z"];
  expect(renderTable(["A", "B", "C"], [row], { ...PLAIN, colours: true }).split("\n")[1]).toBe("\u001b[32mok\u001b[0m  \\u001b[2Jx\\ny  z");
  expect(renderTable(["A", "B", "C"], [row], PLAIN)).not.toContain("\u001b");
});

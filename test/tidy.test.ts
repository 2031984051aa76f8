import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  EVALUATOR_ROOMS,
  impurities,
  leftovers,
  longCalls,
  ROOMS,
  sourcesIn,
  tableBelow,
  tooLong,
  wrongDoors,
  wrongEvaluatorDoors,
} from "./tidy.ts";

const ROOT = join(import.meta.dirname, "..");
const OURS = sourcesIn(ROOT, "src");
const OTHERS = ["test", "bench", "demo", "scripts", "dashboards"].flatMap((folder) => sourcesIn(ROOT, folder));

describe("the house", () => {
  it("has only rooms that are in the table", () => {
    const rooms = new Set(OURS.filter(({ path }) => path.split("/").length > 2).map(({ path }) => path.split("/")[1]));
    expect(rooms).toEqual(new Set(Object.keys(ROOMS)));
  });

  it("keeps its doors", () => {
    expect(OURS.flatMap(wrongDoors)).toEqual([]);
  });

  it("keeps the arrows inside the evaluator downwards", () => {
    expect(OURS.flatMap(wrongEvaluatorDoors)).toEqual([]);
    const rooms = OURS.flatMap(({ path }) => /^src\/evaluator\/([^/]+)\//.exec(path)?.[1] ?? []);
    expect(new Set(rooms)).toEqual(new Set(Object.keys(EVALUATOR_ROOMS)));
  });

  it("keeps `stepRoute` a short pipeline", () => {
    const [stepRoute] = OURS.filter(({ path }) => path === "src/evaluator/stepRoute.ts");
    expect(stepRoute?.text.split("\n").length).toBeLessThanOrEqual(150);
    expect(stepRoute && tooLong(stepRoute, 40)).toEqual([]);
    expect(stepRoute && longCalls(stepRoute, 4)).toEqual([]);
  });

  it("keeps its pure rooms pure", () => {
    expect(OURS.flatMap(impurities)).toEqual([]);
  });

  it("keeps files and functions short", () => {
    expect(OURS.flatMap((source) => tooLong(source))).toEqual([]);
  });

  it("leaves nothing behind", () => {
    expect([...OURS, ...OTHERS.filter(({ path }) => !path.startsWith("test/tidy"))].flatMap(leftovers)).toEqual([]);
  });

  it("opens each room with what it is", () => {
    for (const name of Object.keys(ROOMS).filter((n) => n !== "cli")) {
      const opens = OURS.some(({ path, text }) => path.startsWith(`src/${name}/`) && text.startsWith(`/**\n * ${name}/ — `));
      expect([name, opens]).toEqual([name, true]);
    }
  });

  it("names every dependency in ARCHITECTURE.md", () => {
    const page = readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8");
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { dependencies: Record<string, string> };
    expect(Object.keys(dependencies).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    expect(page.split("\n").length).toBeLessThanOrEqual(151);
  });
});

describe("ARCHITECTURE.md", () => {
  const page = readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8");
  const listed = (cell: string) => (cell === "–" ? [] : cell.split(", "));

  it("has the doors of every room", () => {
    const rows = tableBelow(page, "Rooms").map(([name = "", pure = "", , enters = ""]) => [
      name,
      pure === "yes",
      listed(enters).toSorted(),
    ]);
    const all = Object.keys(ROOMS).filter((name) => name !== "page" && name !== "cli");
    const rooms = Object.entries(ROOMS).map(([name, { enters, types, pure }]) => {
      const doors = name === "cli" && all.every((other) => enters.includes(other)) ? ["all but page"] : enters;
      return [`${name}/`, pure, [...doors, ...types.map((type) => `${type}?`)].toSorted()];
    });
    expect(rows).toEqual(rooms);
  });

  it("has the doors of every room inside the evaluator", () => {
    const rows = tableBelow(page, "Rooms inside the evaluator").map(([name = "", , enters = ""]) => [name, listed(enters).toSorted()]);
    const rooms = Object.entries(EVALUATOR_ROOMS).map(([name, enters]) => [`${name}/`, enters.toSorted()]);
    expect(new Map(rows as [string, string[]][])).toEqual(new Map(rooms as [string, string[]][]));
    expect(rows).toHaveLength(rooms.length);
  });
});

describe("the watch over it sees", () => {
  const file = (path: string, text: string) => ({ path, text });

  it("a wrong door", () => {
    expect(wrongDoors(file("src/evaluator/a.ts", 'import { x } from "../kube/x.ts";'))).toEqual(["src/evaluator/a.ts enters kube"]);
    expect(wrongDoors(file("src/rules/a.ts", 'import { x } from "../routes/x.ts";'))).toEqual([
      "src/rules/a.ts enters routes by more than its types",
    ]);
    expect(wrongDoors(file("src/rules/a.ts", 'import type { x } from "../routes/x.ts";'))).toEqual([]);
    expect(wrongDoors(file("src/rules/folder/a.ts", 'import { x } from "../../kube/x.ts";'))).toEqual([
      "src/rules/folder/a.ts enters kube",
    ]);
    expect(wrongDoors(file("src/rules/folder/a.ts", 'import { x } from "../x.ts";'))).toEqual([]);
    expect(wrongDoors(file("src/routes/a.ts", 'import express from "express";'))).toEqual(["src/routes/a.ts imports the package express"]);
  });

  it("an arrow upwards inside the evaluator, also by types", () => {
    const up = 'import type { x } from "../brakes/x.ts";';
    expect(wrongEvaluatorDoors(file("src/evaluator/model/a.ts", up))).toEqual(["src/evaluator/model/a.ts enters brakes"]);
    expect(wrongEvaluatorDoors(file("src/evaluator/weights/a.ts", 'import { x } from "../step.ts";'))).toEqual([
      "src/evaluator/weights/a.ts enters step.ts",
    ]);
    expect(wrongEvaluatorDoors(file("src/evaluator/phases/a.ts", up))).toEqual([]);
    expect(wrongEvaluatorDoors(file("src/evaluator/a.ts", ""))).toEqual(["src/evaluator/a.ts stands in no room of the evaluator"]);
    expect(wrongEvaluatorDoors(file("src/evaluator/other/a.ts", ""))).toEqual([
      "src/evaluator/other/a.ts stands in no room of the evaluator",
    ]);
  });

  it.each([
    'type T = import("../brakes/x.ts").T;',
    'type T = typeof import("../brakes/x.ts");',
    'import "../brakes/x.ts";',
    'import { a /* of the brakes; */, b } from "../brakes/x.ts";',
    'export * from "../brakes/x.ts";',
    'const x = await import("../brakes/x.ts");',
  ])("a wrong import in whatever form: %s", (text) => {
    expect(wrongEvaluatorDoors(file("src/evaluator/model/a.ts", text))).toEqual(["src/evaluator/model/a.ts enters brakes"]);
    expect(wrongDoors(file("src/kube/a.ts", text))).toEqual(["src/kube/a.ts enters brakes"]);
  });

  it("no import in a comment or a text", () => {
    expect(
      wrongEvaluatorDoors(file("src/evaluator/model/a.ts", '// import "../brakes/x.ts";\nconst a = `import "../brakes/x.ts"`;')),
    ).toEqual([]);
  });

  it("a call with many arguments", () => {
    expect(longCalls(file("src/a.ts", "a(1, 2, 3, 4);\nnew B(1, 2, 3, 4, 5);"), 4)).toEqual(["src/a.ts:2 a call with 5 arguments"]);
  });

  it.each([
    ["a clock", "const a = Date.now();"],
    ["a clock", "const a = new Date();"],
    ["randomness", "Math.random()"],
    ["a wait", "async function a() {}"],
    ["a module of Node", 'import fs from "node:fs";'],
  ])("%s in a pure room: %s", (what, text) => {
    expect(impurities(file("src/evaluator/a.ts", text))).toEqual([`src/evaluator/a.ts touches ${what}`]);
    expect(impurities(file("src/kube/a.ts", text))).toEqual([]);
  });

  it("no clock in a date that is given", () => {
    expect(impurities(file("src/evaluator/a.ts", "new Date(nowMs)"))).toEqual([]);
  });

  it("a long file and a long function", () => {
    const long = `function a() {\n${"  b();\n".repeat(61)}}\n`;
    expect(tooLong(file("src/a.ts", long))).toEqual(["src/a.ts:1 a function of 63 lines"]);
    expect(tooLong(file("src/a.ts", "\n".repeat(301)))).toEqual(["src/a.ts has 301 lines"]);
  });

  it("what was left behind", () => {
    expect(leftovers(file("src/a.ts", `// TO${"DO"} later`))).toHaveLength(1);
    expect(leftovers(file("test/a.ts", `it.${"only"}("x")`))).toHaveLength(1);
  });
});

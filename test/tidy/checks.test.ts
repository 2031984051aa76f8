import { describe, expect, it } from "vitest";
import { doorFaults, packageFaults } from "./doors.ts";
import { purityFaults } from "./purity.ts";
import { sizeFaults } from "./sizes.ts";
import { sourceFile } from "./sourceFile.ts";
import { roomCommentFaults, unnamedDependencies, wordingFaults } from "./wording.ts";

const inRoom = (text: string) => sourceFile("src/evaluator/thing.ts", text);

describe("doorFaults", () => {
  const doors = { evaluator: ["rules", "routes?"], routes: [] };

  it.each([
    `import { x } from "../rules/x.ts";`,
    `import { x } from "./x.ts";`,
    `import type { X } from "../routes/x.ts";`,
    `import { type X, type Y } from "../routes/x.ts";`,
    `export type { X } from "../routes/x.ts";`,
    `type X = import("../routes/x.ts").X;`,
    `import { x } from "node:fs";`,
  ])("lets %s pass", (text) => {
    expect(doorFaults(inRoom(text), doors)).toEqual([]);
  });

  it.each([
    `import { x } from "../kube/x.ts";`,
    `import type { X } from "../kube/x.ts";`,
    `import { x } from "../routes/x.ts";`,
    `import { type X, y } from "../routes/x.ts";`,
    `import "../routes/x.ts";`,
    `import * as x from "../routes/x.ts";`,
    `export * from "../routes/x.ts";`,
    `export { x } from "../routes/x.ts";`,
    `const x = import("../routes/x.ts");`,
    `type X = import("../kube/x.ts").X;`,
    `import { x } from "../../scripts/x.ts";`,
    `import { x } from "../main.ts";`,
  ])("stops %s", (text) => {
    expect(doorFaults(inRoom(text), doors)).toHaveLength(1);
  });

  it("stops a room that nobody planned", () => {
    expect(doorFaults(sourceFile("src/attic/x.ts", ""), doors)).toHaveLength(1);
  });
});

describe("packageFaults", () => {
  const packages = { kube: ["@kubernetes/client-node"] };

  it("lets a package into its room, from its depths too", () => {
    expect(packageFaults(sourceFile("src/kube/x.ts", `import { X } from "@kubernetes/client-node/dist/x.js";`), packages)).toEqual([]);
  });

  it.each([`import zod from "zod";`, `import type { X } from "@kubernetes/client-node";`, `await import("undici/x");`])(
    "stops %s elsewhere",
    (text) => {
      expect(packageFaults(inRoom(text), packages)).toHaveLength(1);
    },
  );
});

describe("purityFaults", () => {
  it.each([
    "Date.now();",
    'Date["now"]();',
    "new Date();",
    "new Date;",
    "Date();",
    "performance.now();",
    "Math.random();",
    "setTimeout(() => 1, 1);",
    "process.exit();",
    "fetch('x');",
    "console.log(1);",
    "globalThis.x;",
    "const { random } = Math, now = { process };",
    "async function f() {}",
    "const f = async () => 1;",
    "class X { async f() {} }",
    "await x;",
    'import { readFileSync } from "node:fs";',
    'import type { Stats } from "node:fs";',
    "new Promise(() => 1);",
    "for await (const x of y) {}",
  ])("stops %s", (text) => {
    expect(purityFaults(inRoom(text), ["evaluator"])).not.toEqual([]);
    expect(purityFaults(sourceFile("src/observer/x.ts", text), ["evaluator"])).toEqual([]);
  });

  it.each(["new Date(ms).toISOString();", "const s = { process: 1 }; s.process;", "Math.max(1, 2);", "// Date.now()", "'await'"])(
    "lets %s pass",
    (text) => {
      expect(purityFaults(inRoom(text), ["evaluator"])).toEqual([]);
    },
  );
});

describe("sizeFaults", () => {
  const limits = { fileLines: 10, functionLines: 4 };
  const body = (lines: number) => "1;\n".repeat(lines);

  it.each([
    ["a file", body(11)],
    ["a function", `function f() {\n${body(3)}}`],
    ["an arrow", `const f = () => {\n${body(3)}};`],
    ["a method", `class X {\n f() {\n${body(3)}}\n}`],
    ["a test", `describe("x", () => {\nit("y", () => {\n${body(3)}});\n});`],
  ])("stops %s that is too long", (_, text) => {
    expect(sizeFaults(inRoom(text), limits)).toHaveLength(1);
  });

  it.each([
    ["a file", body(10)],
    ["a function", `function f() {\n${body(2)}}`],
    ["a class", `class X {\n${"x = 1;\n".repeat(6)}}`],
    ["a chapter", `describe.each([1])("x", () => {\n${body(6)}});`],
  ])("lets %s pass", (_, text) => {
    expect(sizeFaults(inRoom(text), limits)).toEqual([]);
  });
});

describe("wordingFaults", () => {
  it.each([
    ["src/a/b.ts", "// TODO later"],
    ["docs/a.md", "FIXME"],
    ["test/a.test.ts", 'it.only("x")'],
    ["test/a.test.ts", 'describe.skip("x")'],
    ["test/a.ts", 'const x = "/home/me/x"'],
    ["README.md", "see /work/main"],
    ["src/a/utils.ts", ""],
  ])("stops %s: %s", (path, text) => {
    expect(wordingFaults({ path, text })).toHaveLength(1);
  });

  it.each(["todos", "it.skipIf(x)", "../tmp/x", "https://x.test/home/x", "${dir}/tmp/x", "path: /spec/work"])("lets %s pass", (text) => {
    expect(wordingFaults({ path: "test/a.test.ts", text })).toEqual([]);
  });
});

describe("roomCommentFaults", () => {
  const file = (text: string) => ({ path: "src/attic/a.ts", text });

  it("wants one comment, with a never", () => {
    expect(roomCommentFaults("attic", [file("/**\n * attic/ — dust.\n * It must never leave.\n */"), file("")])).toEqual([]);
    expect(roomCommentFaults("attic", [file("")])).toHaveLength(1);
    expect(roomCommentFaults("attic", [file("/**\n * attic/ — dust.\n */")])).toHaveLength(1);
    expect(roomCommentFaults("attic", Array(2).fill(file("/**\n * attic/ — never.\n */")))).toHaveLength(1);
  });
});

describe("unnamedDependencies", () => {
  it("tells those that a page does not name", () => {
    expect(unnamedDependencies("`zod` in rules/, yamlish", ["zod", "yaml"])).toEqual(["the page does not name the dependency `yaml`"]);
  });
});

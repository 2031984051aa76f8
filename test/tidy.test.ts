import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Doors, doorFaults, importsOf, type Packages, packageFaults } from "./tidy/doors.ts";
import { purityFaults } from "./tidy/purity.ts";
import { sizeFaults } from "./tidy/sizes.ts";
import { roomOf, sourceFile } from "./tidy/sourceFile.ts";
import { roomCommentFaults, unnamedDependencies, wordingFaults } from "./tidy/wording.ts";

/** Who may enter which room; `?` allows types only. */
const DOORS: Doors = {
  routes: [],
  rules: ["routes?"],
  linkerd: ["routes?", "evaluator?"],
  evaluator: ["rules", "routes"],
  simulator: ["evaluator", "rules", "routes"],
  observer: ["evaluator?", "rules?", "routes", "linkerd", "kube"],
  actuator: ["evaluator?", "routes", "kube"],
  controller: ["evaluator", "rules", "routes", "observer?", "actuator?", "kube"],
  admin: ["controller?", "evaluator", "routes"],
  kube: [],
  cli: "all",
  main: ["cli"],
};

const PACKAGES: Packages = {
  routes: ["zod"],
  rules: ["zod", "yaml"],
  observer: ["prometheus-query"],
  admin: ["express", "prom-client"],
  kube: ["@kubernetes/client-node", "undici"],
  cli: ["commander", "pino"],
  main: ["commander"],
};

const PURE_ROOMS = ["rules", "routes", "linkerd", "evaluator", "simulator"];

const LIMITS = { fileLines: 300, functionLines: 60 };

const root = new URL("../", import.meta.url);
// What git knows or would take: no build products, no packages.
const paths = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((path) => path !== "" && existsSync(new URL(path, root)));
const read = (path: string) => ({ path, text: readFileSync(new URL(path, root), "utf8") });
const sources = paths.filter((path) => path.endsWith(".ts")).map((path) => sourceFile(path, read(path).text));
const inSrc = sources.filter(({ path }) => roomOf(path) !== null);

describe("the house", () => {
  it("is seen as a whole", () => {
    expect(new Set(inSrc.map(({ path }) => roomOf(path)))).toEqual(new Set(Object.keys(DOORS)));
  });

  it("has rooms that enter only each other's open doors", () => {
    expect(inSrc.flatMap((file) => doorFaults(file, DOORS))).toEqual([]);
  });

  it("imports each package in the room that may", () => {
    expect(inSrc.flatMap((file) => packageFaults(file, PACKAGES))).toEqual([]);
  });

  it("has one file that imports prometheus-query", () => {
    expect(inSrc.filter((file) => importsOf(file).some(({ from }) => from === "prometheus-query"))).toHaveLength(1);
  });

  it("has pure rooms without clock, dice, IO and waiting", () => {
    expect(inSrc.flatMap((file) => purityFaults(file, PURE_ROOMS))).toEqual([]);
  });

  it("has short files and functions", () => {
    expect(sources.flatMap((file) => sizeFaults(file, LIMITS))).toEqual([]);
  });

  it("has nothing half done, and nothing that works on one machine only", () => {
    const texts = paths
      .filter((path) => /\.(ts|mjs|md|json|ya?ml)$|^\.ci\//.test(path) && !/^test\/(tidy\/|fixtures\/)|-lock\.json$/.test(path))
      .map(read);
    expect(texts.flatMap(wordingFaults)).toEqual([]);
  });

  it.each(Object.keys(DOORS).filter((room) => room !== "main"))("has a room %s that says what it is", (room) => {
    expect(
      roomCommentFaults(
        room,
        inSrc.filter(({ path }) => roomOf(path) === room),
      ),
    ).toEqual([]);
  });

  it.skipIf(!paths.includes("ARCHITECTURE.md"))("names its dependencies in ARCHITECTURE.md", () => {
    const { dependencies } = JSON.parse(read("package.json").text) as { dependencies: Record<string, string> };
    expect(unnamedDependencies(read("ARCHITECTURE.md").text, Object.keys(dependencies))).toEqual([]);
  });
});

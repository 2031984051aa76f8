import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { VERSION } from "../../src/cli/wiring/ownVersion.ts";
import { render } from "../charts/helm.ts";
import { realTools } from "../real/harness/realTools.ts";

const ROOT = join(import.meta.dirname, "../..");
const SLOW_MS = 60_000;
/** It compresses 120 MB. */
const PACKAGE_SLOW_MS = 180_000;

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const manifest = JSON.parse(read("package.json")) as { version: string; devDependencies: { node: string }; engines: { node: string } };
const dockerfile = read("Dockerfile");

describe("a release", () => {
  it("has one version, that of package.json", () => {
    const lock = JSON.parse(read("package-lock.json")) as { version: string; packages: { "": { version: string } } };
    const chart = parse(read("charts/linkerd-failover/Chart.yaml")) as { version: string; appVersion: string };
    const { version } = manifest;
    expect([lock.version, lock.packages[""].version, chart.version, chart.appVersion]).toEqual([version, version, version, version]);
    expect(VERSION).toBe(`${version}-dev`);
  });

  it("is built and run with the Node version of the tests", () => {
    const [major] = manifest.devDependencies.node.split(".");
    expect(dockerfile).toContain(`docker.io/library/node:${major}-`);
    expect(dockerfile).toContain(`gcr.io/distroless/nodejs${major}-`);
    expect(parse(read(".github/workflows/release.yml")).jobs.release.steps[1].with["node-version"]).toBe(Number(major));
  });

  it("copies into the image only files that exist and are not ignored", () => {
    const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = ""]) => names.split(" "));
    const kept = read(".dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    expect(sources.toSorted()).toEqual(kept.toSorted());
    expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
  });

  it("runs in the image as the user of the chart", () => {
    expect(dockerfile).toMatch(/^USER 65532:65532$/m);
    const { podSecurityContext } = parse(read("charts/linkerd-failover/values.yaml"));
    expect(podSecurityContext).toMatchObject({ runAsUser: 65532, runAsGroup: 65532 });
  });
});

describe("the command for laptops", () => {
  it("runs with its own Node, from any folder and through a link on the PATH", { timeout: PACKAGE_SLOW_MS }, () => {
    const folder = mkdtempSync(join(tmpdir(), "linkerd-failover-laptop-"));
    try {
      execFileSync(process.execPath, [join(ROOT, "scripts/packageCommand.ts"), "--destination", folder], { stdio: "pipe" });
      const name = `linkerd-failover-${manifest.version}-${process.platform}-${process.arch}`;
      execFileSync("tar", ["-xzf", join(folder, `${name}.tar.gz`), "-C", folder]);
      mkdirSync(join(folder, "bin"));
      symlinkSync(`../${name}/linkerd-failover`, join(folder, "bin/linkerd-failover"));
      // Without Node on the PATH, which has only what the shell script needs.
      const env = { PATH: "/usr/bin:/bin" };
      const out = execFileSync(join(folder, "bin/linkerd-failover"), ["_extension-metadata"], { cwd: tmpdir(), env, encoding: "utf8" });
      expect(JSON.parse(out)).toMatchObject({ name: "linkerd-failover" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const tools = realTools("helm");

describe.skipIf(tools.absent)(`${tools.title("the chart of a release")}`, () => {
  it("has the published image and the URL of the runbook, and is otherwise unchanged", { timeout: SLOW_MS }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "linkerd-failover-release-"));
    try {
      const source = "https://git.example.com/failover/v1";
      const named = ["--repository", "registry.example.com/failover", "--source", source, "--destination", folder];
      const args = [join(ROOT, "scripts/packageChart.ts"), ...named];
      execFileSync(process.execPath, args, { stdio: "pipe" });
      expect(readdirSync(folder)).toEqual([`linkerd-failover-${manifest.version}.tgz`]);
      const released = await render([], join(folder, `linkerd-failover-${manifest.version}.tgz`));
      const image = `registry.example.com/failover:${manifest.version}`;
      expect(released.find(({ kind }) => kind === "Deployment")?.spec.template.spec.containers[0].image).toBe(image);
      const values = `image.repository=registry.example.com/failover,alerts.runbookUrl=${source}/docs/runbook.md`;
      const expected = await render(["--set", values]);
      expect(released).toEqual(expected);
      const alerts = await render(["--set", "alerts.prometheusRule.create=true"], join(folder, `linkerd-failover-${manifest.version}.tgz`));
      expect(JSON.stringify(alerts)).toContain(`"${source}/docs/runbook.md#linkerdfailovernoleader"`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

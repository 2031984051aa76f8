import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { completionScript, type Shell } from "../../../../src/cli/commands/completion/completionScript.ts";
import { createProgram } from "../../../../src/cli/program.ts";

const scriptFor = (shell: Shell) => completionScript(createProgram(), shell);

/** Whether the shell is installed; without it its syntax cannot be checked. */
const has = (shell: Shell) => spawnSync(shell, ["-c", "exit 0"]).status === 0;

/** What bash offers for the last of these words. */
function offered(...words: readonly string[]): readonly string[] {
  const all = ["linkerd-failover", ...words];
  const call = `COMP_WORDS=(${all.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${all.length - 1}; _linkerd_failover`;
  const script = `${scriptFor("bash")}\n${call}\nprintf '%s\\n' "\${COMPREPLY[@]}"; complete -p linkerd-failover >&2`;
  return execFileSync("bash", ["--norc", "-c", script], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
    .split("\n")
    .filter((word) => word !== "");
}

describe.skipIf(!has("bash"))("bash", () => {
  it("accepts the script, with all variables defined", () => {
    execFileSync("bash", ["-n"], { input: scriptFor("bash") });
    execFileSync("bash", ["-uec", `${scriptFor("bash")}\ncomplete -p linkerd-failover`], { stdio: "pipe" });
  });

  it("completes commands and subcommands, but no hidden ones", () => {
    expect(offered("")).toEqual(expect.arrayContaining(["run", "check", "status", "explain", "rules", "pin", "completion"]));
    expect(offered("").filter((word) => word.startsWith("_"))).toEqual([]);
    expect(offered("sta")).toEqual(["status"]);
    expect(offered("rules", "")).toEqual(["validate", "explain", "test", "schema", "defaults"]);
  });

  it("completes flags of the command, their values, and kinds of route", () => {
    expect(offered("status", "--n")).toEqual(["--namespace"]);
    expect(offered("check", "--verb")).toEqual(["--verbose"]);
    expect(offered("check", "-o", "")).toEqual(["table", "short", "json"]);
    expect(offered("rules", "defaults", "--output", "y")).toEqual(["yaml"]);
    expect(offered("explain", "-n", "")).toEqual([]);
    expect(offered("explain", "-n", "shop", "http")).toEqual(["httproute/", "httproute.policy.linkerd.io/"]);
    expect(offered("completion", "f")).toEqual(["fish"]);
  });

  it("does not mistake a value for a command", () => {
    expect(offered("status", "-n", "rules", "--context", "run", "--out")).toEqual(["--output"]);
  });
});

const FISH: Shell = "fish";

describe.skipIf(!has(FISH))("fish, if installed", () => {
  /** What it offers for the end of this line. */
  const completions = (line: string): readonly string[] => {
    const script = `${scriptFor(FISH)}\ncomplete -C '${line}'`;
    const said = execFileSync(FISH, ["--no-config", "-c", script], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return said.split("\n").flatMap((own) => own.split("\t")[0] || []);
  };

  it("completes commands, subcommands, flags and their values", () => {
    expect(completions("linkerd-failover sta")).toEqual(["status"]);
    expect(completions("linkerd-failover rules ")).toEqual(expect.arrayContaining(["validate", "explain", "schema", "defaults"]));
    expect(completions("linkerd-failover status --na")).toEqual(["--namespace"]);
    expect(completions("linkerd-failover status -o ")).toEqual(expect.arrayContaining(["table", "json"]));
  });
});

describe.each(["zsh", "fish"] as const)("%s", (shell) => {
  it.skipIf(!has(shell))("accepts the script", () => {
    const folder = mkdtempSync(join(tmpdir(), "completion-"));
    const file = join(folder, "script");
    writeFileSync(file, scriptFor(shell));
    execFileSync(shell, ["-n", file], { stdio: "pipe" });
    rmSync(folder, { recursive: true });
  });

  it("completes every command and flag", () => {
    const script = scriptFor(shell);
    const commands = createProgram().commands.filter((command) => !command.name().startsWith("_"));
    const missing = commands
      .flatMap((command) => [command.name(), ...command.options.filter(({ hidden }) => !hidden).map((option) => option.attributeName())])
      .map((name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`))
      .filter((name) => !script.includes(name));
    expect(missing).toEqual([]);
  });
});

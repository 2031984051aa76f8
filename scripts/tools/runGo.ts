import { type ChildProcess, spawn } from "node:child_process";

export type GoOutcome = { readonly ok: true; readonly output: string } | { readonly ok: false; readonly error: string };

const ERROR_TAIL_LENGTH = 2_000;

/** Runs one Go command until it ends or the deadline passes. */
export function runGo(args: readonly string[], cwd: string, deadline: number): Promise<GoOutcome> {
  const what = `go ${args.slice(0, 2).join(" ")}`;
  return new Promise((resolve) => {
    const env = { ...process.env, CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: `${process.env.GOFLAGS ?? ""} -mod=mod`.trim() };
    const child = spawn("go", args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      errors = (errors + chunk).slice(-ERROR_TAIL_LENGTH);
    });
    const limit = setTimeout(() => killGroup(child), Math.max(0, deadline - Date.now()));
    const onExit = () => killGroup(child);
    process.once("exit", onExit);
    const finish = (outcome: GoOutcome) => {
      clearTimeout(limit);
      process.removeListener("exit", onExit);
      resolve(outcome);
    };
    child.once("error", (error) => finish({ ok: false, error: `${what}: ${error.message}` }));
    child.once("close", (code, signal) =>
      finish(code === 0 ? { ok: true, output } : { ok: false, error: `${what}: ${signal ?? `exit code ${code}`}\n${errors.trim()}` }),
    );
  });
}

/** Kills the process group, because Go starts compilers in it. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group has ended in the meantime.
  }
}

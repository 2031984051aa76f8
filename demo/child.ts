import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { Ending } from "./ending.ts";

/** A process of the demo. */
export interface Child {
  readonly pid: number;
  /** Sends SIGTERM, then SIGKILL after STOP_TIME_LIMIT_MS, and waits for the end. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The file for its output. */
  readonly logFile: string;
  /** Called if it ends without `stop`. */
  readonly onDeath: (ending: Ending) => void;
}

const TAIL_LINES = 15;
const STOP_TIME_LIMIT_MS = 6_000;

/** Starts a process in its own group, so that Ctrl-C reaches only this process, which then stops the child. */
export function startChild({ name, command, args, env, logFile, onDeath }: ChildOptions): Child {
  const child = spawn(command, args, { detached: true, env: env ?? process.env, stdio: ["ignore", "pipe", "pipe"] });
  const log = createWriteStream(logFile);
  const tail: string[] = [];
  let stopped = false;
  const hear = (chunk: Buffer): void => {
    log.write(chunk);
    tail.push(
      ...chunk
        .toString("utf8")
        .split("\n")
        .filter((line) => line.trim() !== ""),
    );
    tail.splice(0, Math.max(0, tail.length - TAIL_LINES));
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const kill = (): void => killGroup(child, "SIGKILL");
  process.once("exit", kill);
  const ended = new Promise<void>((resolve) => {
    const end = (how: string): void => {
      process.removeListener("exit", kill);
      log.end();
      resolve();
      if (!stopped)
        onDeath(new Ending([`${name} ended unexpectedly (${how}); its last output:`, ...tail.map((line) => `  ${line}`)].join("\n")));
    };
    child.once("error", (error) => end(error.message));
    child.once("close", (code, signal) => end(signal ?? `exit code ${code}`));
  });
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      stopped = true;
      killGroup(child, "SIGTERM");
      const limit = setTimeout(kill, STOP_TIME_LIMIT_MS);
      await ended;
      clearTimeout(limit);
    },
  };
}

/** A free port on 127.0.0.1. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function killGroup(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended in the meantime.
  }
}

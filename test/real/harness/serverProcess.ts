/** Real server processes in a temporary folder. They end with the test process, however it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const READY_POLL_MS = 50;
const LOG_TAIL_LINES = 40;
const STOP_TIME_LIMIT_MS = 5_000;

/** The servers of one test harness, and the folder with their data and logs. */
export interface ServerGroup {
  readonly folder: string;
  /** Starts a server and waits until `isReady`. Throws with the end of its log if it exits or takes too long. */
  start(
    name: string,
    binary: string,
    args: readonly string[],
    isReady: () => Promise<boolean>,
    timeLimitMs: number,
  ): Promise<ServerProcess>;
  /** Kills the servers that still run, and removes the folder. */
  stop(): Promise<void>;
}

export interface ServerProcess {
  readonly pid: number;
  /** The server's output so far. */
  log(): string;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Opens a group; the folder's name contains `name`. */
export function openServerGroup(name: string): ServerGroup {
  const folder = mkdtempSync(join(tmpdir(), `linkerd-failover-${name}-`));
  const children: ChildProcess[] = [];
  const guards: ChildProcess[] = [];
  return {
    folder,
    async start(serverName, binary, args, isReady, timeLimitMs) {
      const logFile = join(folder, `${serverName}.log`);
      const log = openSync(logFile, "a");
      const child = spawn(binary, args, { cwd: folder, stdio: ["ignore", log, log] });
      closeSync(log);
      let spawnError: Error | null = null;
      child.once("error", (error) => {
        spawnError = error;
      });
      if (child.pid !== undefined) {
        children.push(child);
        guards.push(guard(child.pid, folder));
      }
      const readLog = () => readFileSync(logFile, "utf8");
      const problem = await waitUntilReady(child, isReady, timeLimitMs, () => spawnError);
      if (problem !== null) {
        await kill(child, "SIGKILL");
        throw new Error(`${serverName} ${problem}. The end of its log:\n${tail(readLog())}`);
      }
      return { pid: child.pid ?? 0, log: readLog, kill: (signal = "SIGKILL") => kill(child, signal) };
    },
    async stop() {
      for (const child of children.reverse()) await kill(child, "SIGKILL");
      for (const each of guards) each.stdin?.end("done\n");
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/**
 * Starts a shell whose stdin closes when this process dies, in whatever way. It then kills the server and removes its folder,
 * unless it has read "done" before, which means that the server has ended.
 * An exit handler is not enough: it does not run on SIGKILL, nor when a test runner ends its workers.
 */
export function guard(pid: number, folder: string): ChildProcess {
  const script = 'read -r done || { kill -KILL "$1"; sleep 1; rm -rf "$2"; } 2>/dev/null';
  const shell = spawn("/bin/sh", ["-c", script, "guard", String(pid), folder], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  shell.stdin?.on("error", () => undefined);
  shell.unref();
  return shell;
}

async function waitUntilReady(
  child: ChildProcess,
  isReady: () => Promise<boolean>,
  timeLimitMs: number,
  spawnError: () => Error | null,
): Promise<string | null> {
  const deadline = Date.now() + timeLimitMs;
  while (Date.now() < deadline) {
    const error = spawnError();
    if (error !== null) return `could not be started: ${error.message}`;
    if (child.exitCode !== null || child.signalCode !== null) return `ended at once (${child.signalCode ?? `exit code ${child.exitCode}`})`;
    if (await isReady().catch(() => false)) return null;
    await sleep(READY_POLL_MS);
  }
  return `was not ready within ${timeLimitMs / 1_000} s`;
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  const lastResort = setTimeout(() => child.kill("SIGKILL"), STOP_TIME_LIMIT_MS);
  await ended;
  clearTimeout(lastResort);
}

function tail(log: string): string {
  return log.trimEnd().split("\n").slice(-LOG_TAIL_LINES).join("\n");
}

/** Below the ports that Linux, macOS and Windows give to clients, so that no connection takes one before the server listens. */
const LOWEST_PORT = 12_000;
/** Ports of one worker, so that files that run side by side never get the same one. */
const PORTS_OF_A_WORKER = 2_000;
const WORKERS = 10;
const given = new Set<number>();

/** A TCP port of 127.0.0.1 that is free now, and that no other test gets. */
export async function freePort(): Promise<number> {
  const worker = Number(process.env["VITEST_POOL_ID"] ?? 0) % WORKERS;
  for (;;) {
    // Random, because another test run on this machine may choose at the same time.
    const port = LOWEST_PORT + worker * PORTS_OF_A_WORKER + randomInt(PORTS_OF_A_WORKER);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (listening) await new Promise((resolve) => server.close(resolve));
  return listening;
}

import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readRules, type WatchOptions, watchRules } from "../../src/controller/rulesFile.ts";
import type { ParsedRules } from "../../src/rules/parseRules.ts";
import { ConfigMapMount } from "./configMapMount.ts";

const POLL_MS = 10;
const SETTLE_MS = 10;
/** Long enough for many polls. */
const QUIET_MS = 150;

const file = (...names: string[]) => `version: 1\nrules: [${names.map((name) => `{name: ${name}}`).join(", ")}]\n`;

let dir: string;
let stop: AbortController;
let watching: Promise<void>;
/** The reported changes: rule names, or the first problem. */
let told: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "rules-"));
  stop = new AbortController();
  watching = Promise.resolve();
  told = [];
});

afterEach(async () => {
  stop.abort();
  await watching;
  await rm(dir, { recursive: true });
});

function tell(result: ParsedRules): void {
  told.push(result.ok ? result.rules.rules.map(({ name }) => name).join(" ") : (result.problems[0]?.sentence ?? ""));
}

function watch(path: string, options: WatchOptions = {}): void {
  watching = watchRules(path, tell, stop.signal, { pollMs: POLL_MS, settleMs: SETTLE_MS, ...options });
}

const untilTold = (...expected: string[]) => vi.waitFor(() => expect(told).toEqual(expected), { timeout: 30_000, interval: 10 });
const quiet = () => new Promise((resolve) => setTimeout(resolve, QUIET_MS));

describe("watchRules", () => {
  it("follows a ConfigMap mount through its symlink swaps", async () => {
    const mount = new ConfigMapMount(dir, file("a"));
    watch(mount.path, { known: await readRules(mount.path) });
    mount.publish(file("b"));
    await untilTold("b");
    mount.publish(file("a").replace("1", "2"));
    await untilTold("b", "version is 2, but must be 1");
    mount.publish(file("c", "d"));
    await untilTold("b", "version is 2, but must be 1", "c d");
  });

  it("notices a rename over the file, and a plain write", async () => {
    const path = join(dir, "rules.yaml");
    await writeFile(path, file("a"));
    watch(path);
    await untilTold("a");
    await writeFile(`${path}~`, file("b"));
    await rename(`${path}~`, path);
    await untilTold("a", "b");
    await writeFile(path, file("c"));
    await untilTold("a", "b", "c");
  });

  it("reports once that the file is missing, and when it is back", async () => {
    const path = join(dir, "rules.yaml");
    watch(path);
    await untilTold("the file cannot be read: it does not exist");
    await quiet();
    await writeFile(path, file("a"));
    await untilTold("the file cannot be read: it does not exist", "a");
    await rm(path);
    await untilTold("the file cannot be read: it does not exist", "a", "the file cannot be read: it does not exist");
  });

  it("reports nothing if the content is the same again", async () => {
    const path = join(dir, "rules.yaml");
    await writeFile(path, file("a"));
    watch(path, { known: await readRules(path) });
    await writeFile(`${path}~`, await readFile(path));
    await rename(`${path}~`, path);
    await quiet();
    expect(told).toEqual([]);
  });

  it("waits until a write to the file is complete", async () => {
    const path = join(dir, "rules.yaml");
    await writeFile(path, file("a"));
    watch(path, { known: await readRules(path), settleMs: 500 });
    await writeFile(path, "version: 1\nru");
    await quiet();
    await writeFile(path, file("b"));
    await untilTold("b");
  });

  it("ends when the signal aborts, without another report", async () => {
    const path = join(dir, "rules.yaml");
    watch(path, { pollMs: 60_000, settleMs: 60_000 });
    stop.abort();
    await watching;
    expect(told).toEqual([]);
  });

  it("rejects if the callback throws", async () => {
    const broken = watchRules(
      join(dir, "none"),
      () => {
        throw new Error("broken");
      },
      stop.signal,
      { settleMs: 1 },
    );
    await expect(broken).rejects.toThrow("broken");
  });
});

describe("readRules", () => {
  const sentenceOf = async (path: string) => {
    const { result } = await readRules(path);
    return result.ok ? "fine" : result.problems[0]?.sentence;
  };

  it("says why a file cannot be read", async () => {
    const path = join(dir, "rules.yaml");
    expect(await sentenceOf(dir)).toBe("the file cannot be read: it is not a file");
    expect(await sentenceOf(join(path, "x"))).toBe("the file cannot be read: it does not exist");
    await writeFile(path, Buffer.from([0xff, 0xfe, 0x00]));
    expect(await sentenceOf(path)).toBe("the file cannot be read: it is not UTF-8 text");
    expect(await sentenceOf(join(path, "x"))).toBe("the file cannot be read: ENOTDIR");
    await writeFile(path, "#".repeat(1_048_577));
    expect(await sentenceOf(path)).toBe("the file is larger than 1 MiB");
  });
});

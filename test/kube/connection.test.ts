import { Agent } from "undici";
import { expect, it } from "vitest";
import type { Connection } from "../../src/kube/connection.ts";
import { exchange } from "../../src/kube/exchange.ts";
import { watch } from "../../src/kube/watch.ts";
import { openWire } from "./wire.ts";

const LIMIT_MS = 50;
const PATH = "/api/v1/services";

interface Outcome {
  readonly valid: boolean;
  readonly watchesEnded: number;
}

/** Uses a connection to a server that never answers. Returns what happened to the connection. */
async function silent(use: (connection: Connection) => Promise<unknown>): Promise<Outcome> {
  await using wire = await openWire(() => {});
  const outcome = { valid: true, watchesEnded: 0 };
  const dispatcher = new Agent();
  const listeners = new Set<() => void>([() => (outcome.watchesEnded += 1)]);
  const invalidate = () => {
    outcome.valid = false;
  };
  await use({
    url: (path) => `${wire.url}${path}`,
    proxy: null,
    credentials: async () => ({ headers: {}, dispatcher, allowH2: true }),
    login: async () => {},
    asked: () => 0,
    askAgain: () => false,
    secrets: () => [],
    invalidate,
    abandon: () => {
      invalidate();
      for (const listener of listeners) listener();
    },
    onAbandoned: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  await dispatcher.destroy();
  return outcome;
}

const request = (method: string, timeLimitMs: number, lateMeansBroken = method === "GET") => ({
  ...{ method, path: PATH, query: {}, body: null, timeLimitMs, signal: null },
  lateMeansBroken,
});

it("is abandoned with its watches after a read without an answer in time", async () => {
  const outcome = await silent((connection) => exchange(connection, request("GET", LIMIT_MS)));
  expect(outcome).toEqual({ valid: false, watchesEnded: 1 });
});

it("is replaced after a write without an answer in time, but its watches go on", async () => {
  const outcome = await silent((connection) => exchange(connection, request("PATCH", LIMIT_MS)));
  expect(outcome).toEqual({ valid: false, watchesEnded: 0 });
});

it("is abandoned with its watches after a write without an answer in time that no webhook delays", async () => {
  const outcome = await silent((connection) => exchange(connection, request("PUT", LIMIT_MS, true)));
  expect(outcome).toEqual({ valid: false, watchesEnded: 1 });
});

it("is abandoned with all its watches after one of them was silent", async () => {
  const ends: unknown[] = [];
  const outcome = await silent(async (connection) => {
    const open = (limitMs: number) => watch(connection, PATH, {}, () => {}, limitMs, new AbortController().signal);
    ends.push(...(await Promise.all([open(LIMIT_MS), open(10_000)])));
  });
  expect(outcome).toEqual({ valid: false, watchesEnded: 1 });
  expect(ends).toEqual([{ end: "silent" }, { end: "silent" }]);
});

it("stays valid if the caller aborts a request", async () => {
  const given = { ...request("GET", 10_000), signal: AbortSignal.timeout(LIMIT_MS) };
  expect(await silent((connection) => exchange(connection, given))).toEqual({ valid: true, watchesEnded: 0 });
});

import { Agent } from "undici";
import { expect, it } from "vitest";
import type { Connection } from "../../src/kube/connection.ts";
import { exchange } from "../../src/kube/exchange.ts";
import { watch } from "../../src/kube/watch.ts";
import { openWire } from "./wire.ts";

const LIMIT_MS = 50;
const PATH = "/api/v1/services";

interface Outcome {
  readonly trusted: boolean;
  readonly watchersTold: number;
}

/** A connection over which the server is never heard, and what became of it. */
async function silent(use: (connection: Connection) => Promise<unknown>): Promise<Outcome> {
  await using wire = await openWire(() => {});
  const outcome = { trusted: true, watchersTold: 0 };
  const dispatcher = new Agent();
  const listeners = new Set<() => void>([() => (outcome.watchersTold += 1)]);
  const distrust = () => {
    outcome.trusted = false;
  };
  await use({
    url: (path) => `${wire.url}${path}`,
    credentials: async () => ({ headers: {}, dispatcher }),
    secrets: () => [],
    distrust,
    giveUp: () => {
      distrust();
      for (const listener of listeners) listener();
    },
    onGivenUp: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  await dispatcher.destroy();
  return outcome;
}

const request = (method: string, timeLimitMs: number) => ({ method, path: PATH, query: {}, body: null, timeLimitMs, signal: null });

it("gives a connection up, and whoever listens on it, on which a look got no answer in time", async () => {
  const outcome = await silent((connection) => exchange(connection, request("GET", LIMIT_MS)));
  expect(outcome).toEqual({ trusted: false, watchersTold: 1 });
});

it("takes another one after a write that was not answered in time, but lets watches listen on", async () => {
  const outcome = await silent((connection) => exchange(connection, request("PATCH", LIMIT_MS)));
  expect(outcome).toEqual({ trusted: false, watchersTold: 0 });
});

it("gives a connection up on which a watch was silent, and with it every other watch", async () => {
  const ends: unknown[] = [];
  const outcome = await silent(async (connection) => {
    const open = (limitMs: number) => watch(connection, PATH, {}, () => {}, limitMs, new AbortController().signal);
    ends.push(...(await Promise.all([open(LIMIT_MS), open(10_000)])));
  });
  expect(outcome).toEqual({ trusted: false, watchersTold: 1 });
  expect(ends).toEqual([{ end: "silent" }, { end: "silent" }]);
});

it("goes on trusting one whose request its caller gave up", async () => {
  const given = { ...request("GET", 10_000), signal: AbortSignal.timeout(LIMIT_MS) };
  expect(await silent((connection) => exchange(connection, given))).toEqual({ trusted: true, watchersTold: 0 });
});

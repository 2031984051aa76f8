import { Agent } from "undici";
import { expect, it } from "vitest";
import type { Connection } from "../../src/kube/connection.ts";
import { exchange } from "../../src/kube/exchange.ts";
import { watch } from "../../src/kube/watch.ts";
import { openWire } from "./wire.ts";

const LIMIT_MS = 50;
const PATH = "/api/v1/services";

/** A connection over which the server is never heard, and whether it is still trusted. */
async function silent(use: (connection: Connection) => Promise<unknown>): Promise<boolean> {
  await using wire = await openWire(() => {});
  let trusted = true;
  const dispatcher = new Agent();
  await use({
    url: (path) => `${wire.url}${path}`,
    credentials: async () => ({ headers: {}, dispatcher }),
    distrust: () => {
      trusted = false;
    },
  });
  await dispatcher.destroy();
  return trusted;
}

it("trusts a connection no more on which a request was not answered in time", async () => {
  const request = { method: "GET", path: PATH, query: {}, body: null, timeLimitMs: LIMIT_MS };
  expect(await silent((connection) => exchange(connection, { ...request, signal: null }))).toBe(false);
});

it("trusts a connection no more on which a watch was silent", async () => {
  expect(await silent((connection) => watch(connection, PATH, {}, () => {}, LIMIT_MS, new AbortController().signal))).toBe(false);
});

it("goes on trusting one whose request its caller gave up", async () => {
  const request = { method: "GET", path: PATH, query: {}, body: null, timeLimitMs: 10_000 };
  expect(await silent((connection) => exchange(connection, { ...request, signal: AbortSignal.timeout(LIMIT_MS) }))).toBe(true);
});

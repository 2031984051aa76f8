import { Agent, errors } from "undici";
import { expect, it } from "vitest";
import type { Connection } from "../../src/kube/connection.ts";
import { exchange } from "../../src/kube/exchange.ts";
import { openWire } from "./wire.ts";

/** undici's words after it was turned away on two connections; `test/real/impersonation.test.ts` has them from a real server. */
const TURNED_AWAY = new errors.InformationalError('HTTP/2: "GOAWAY" frame received with code 0');

/** Sends a request through a dispatcher that fails so often first. */
async function sendThrough(failures: number, error: Error, method: string) {
  await using wire = await openWire((_request, response) => response.end('{"kind":"ServiceList"}'));
  let requests = 0;
  class Failing extends Agent {
    override request(...given: Parameters<Agent["request"]>): ReturnType<Agent["request"]> {
      requests += 1;
      return requests <= failures ? Promise.reject(error) : super.request(...given);
    }
  }
  const dispatcher = new Failing();
  const connection: Connection = {
    url: (path) => `${wire.url}${path}`,
    proxy: null,
    credentials: async () => ({ headers: {}, dispatcher, allowH2: true }),
    login: async () => {},
    asked: () => 0,
    askAgain: () => false,
    secrets: () => [],
    invalidate: () => {},
    abandon: () => {},
    onAbandoned: () => () => {},
  };
  const wanted = { method, path: "/api/v1/services", query: {}, body: null, timeLimitMs: 5_000, signal: null, lateMeansBroken: true };
  const { ok } = await exchange(connection, wanted);
  await dispatcher.destroy();
  return { ok, requests };
}

it.each([
  ["is sent once more", 1, TURNED_AWAY, "GET", { ok: true, requests: 2 }],
  ["is not sent for ever", 9, TURNED_AWAY, "GET", { ok: false, requests: 2 }],
  ["is left to the next tick if it is a write", 1, TURNED_AWAY, "PATCH", { ok: false, requests: 1 }],
  ["is not sent again after another error", 1, new Error("connect ECONNREFUSED"), "GET", { ok: false, requests: 1 }],
] as const)("a request that is turned away %s", async (_what, failures, error, method, outcome) => {
  expect(await sendThrough(failures, error, method)).toEqual(outcome);
});

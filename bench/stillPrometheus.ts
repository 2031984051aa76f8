import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { openServerGroup } from "../test/real/harness/serverProcess.ts";
import { startMeshPrometheus } from "./meshPrometheus.ts";
import { type MeshPath, meshSeries } from "./meshSeries.ts";

const END_MS = Date.parse("2026-01-02T11:30:00Z");

/** A Prometheus whose time stands still: each query is answered by a real one at one moment, and the same again from memory. */
export interface StillPrometheus {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts it with the series of so many routes. From memory, an answer costs no more than sending it. */
export async function startStillPrometheus(kind: MeshPath, routes: number): Promise<StillPrometheus> {
  const servers = openServerGroup("still-prometheus");
  const { url } = await startMeshPrometheus(servers, meshSeries(kind, routes, END_MS));
  const answers = new Map<string, Promise<{ readonly status: number; readonly body: Buffer }>>();
  const ask = async (query: string) => {
    const body = new URLSearchParams({ query, time: String(END_MS / 1_000) });
    const response = await fetch(`${url}/api/v1/query`, { method: "POST", body });
    return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const query = new URLSearchParams(await text(request)).get("query") ?? "";
    const known = answers.get(query) ?? ask(query);
    answers.set(query, known);
    const { status, body } = await known;
    response.writeHead(status, { "content-type": "application/json", "content-length": body.length }).end(body);
  };
  const proxy = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    stop: async () => {
      proxy.closeAllConnections();
      proxy.close();
      await servers.stop();
    },
  };
}

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A pod of a backend: an HTTP server with a configurable share of failures. */
export interface Pod {
  readonly name: string;
  readonly port: number;
  /** From now on this share of the requests is answered with a 500. */
  fail(share: number): void;
  /** Requests so far with this host header. */
  received(host: string): number;
  close(): Promise<void>;
}

const FASTEST_ANSWER_MS = 2;
const SLOWEST_ANSWER_MS = 8;

/** Starts a healthy pod on 127.0.0.1. */
export async function startPod(name: string): Promise<Pod> {
  let failing = 0;
  const received = new Map<string, number>();
  const server = createServer((request, response) => {
    const host = request.headers.host ?? "";
    received.set(host, (received.get(host) ?? 0) + 1);
    const status = Math.random() < failing ? 500 : 200;
    const latencyMs = FASTEST_ANSWER_MS + Math.random() * (SLOWEST_ANSWER_MS - FASTEST_ANSWER_MS);
    void sleep(latencyMs).then(() => response.writeHead(status, { "content-type": "text/plain" }).end(`${name}: ${status}\n`));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    name,
    port: (server.address() as AddressInfo).port,
    fail: (share) => {
      failing = share;
    },
    received: (host) => received.get(host) ?? 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

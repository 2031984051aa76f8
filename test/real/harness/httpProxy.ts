import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** One request on its way through the proxy, its body read. */
export interface Passing {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
  readonly response: ServerResponse;
  /** Hands it on, also where nobody waits for the answer any more; with another body where one is given. */
  forward(body?: Buffer): void;
}

/** What becomes of a request. It must answer or forward, now or later. */
export type Meddler = (passing: Passing) => void;

export interface HttpProxy {
  readonly url: string;
  /** Null: every request is forwarded again. What is open now, watches among it, is cut off. */
  meddle(meddler: Meddler | null): void;
  stop(): Promise<void>;
}

/** Stands between a client and a server and understands HTTP. */
export async function openHttpProxy(target: { readonly url: string; readonly ca?: string }): Promise<HttpProxy> {
  let meddler: Meddler | null = null;
  const server = createServer((request, response) => void pass(request, response));
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request).catch(() => null);
    if (body === null) return;
    const forward = (other = body) => send(target, request, other, response);
    response.on("error", () => undefined);
    if (meddler === null) forward();
    else meddler({ method: request.method ?? "", path: request.url ?? "", body, response, forward });
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    meddle: (next) => {
      meddler = next;
      server.closeAllConnections();
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function send(target: { url: string; ca?: string }, from: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const url = new URL(target.url.replace(/\/$/, "") + (from.url ?? "/"));
  const { connection: _, "transfer-encoding": __, ...headers } = from.headers;
  const options = { method: from.method, headers: { ...headers, host: url.host, "content-length": body.length }, agent: false as const };
  const onward = url.protocol === "https:" ? httpsRequest(url, { ...options, ca: target.ca }) : httpRequest(url, options);
  onward.on("error", () => response.destroy());
  onward.on("response", (answer) => {
    answer.on("error", () => response.destroy());
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.flushHeaders();
    answer.pipe(response);
  });
  response.on("close", () => onward.destroy());
  onward.end(body);
}

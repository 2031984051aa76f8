import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A request in the proxy; its body is read. */
export interface Passing {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
  readonly response: ServerResponse;
  /** Forwards the request, even if the client no longer waits for the answer; optionally with another body. */
  forward(body?: Buffer): void;
}

/** Decides about a request. It must answer or forward it, now or later. */
export type Meddler = (passing: Passing) => void;

export interface HttpProxy {
  readonly url: string;
  /** Sets the meddler; null forwards every request. Closes all open connections, including watches. */
  meddle(meddler: Meddler | null): void;
  stop(): Promise<void>;
}

/** An HTTP proxy between a client and a server. */
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

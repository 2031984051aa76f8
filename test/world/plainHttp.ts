/** Plain HTTP requests to an API server, so that the conformance tests do not depend on our client. */
import { type ClientRequest, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { createInterface } from "node:readline";

/** A server, and the credentials for it. */
export interface ApiServer {
  readonly url: string;
  /** PEM of the certificate authority that signed the server's certificate. */
  readonly ca?: string;
  readonly token?: string;
  /** A client certificate and its key, as PEM. */
  readonly cert?: string;
  readonly key?: string;
}

/** The server's answer, untyped, because tests read any part of it. */
type Json = ReturnType<typeof JSON.parse>;

export interface PlainAnswer {
  readonly status: number;
  /** Parsed if it is JSON, otherwise the text. */
  readonly body: Json;
}

export interface PlainEvent {
  readonly type: string;
  readonly object: Json;
}

/** A watch that a test reads event by event. */
export interface PlainWatch {
  /** The next event; null if the server ended the watch. */
  next(): Promise<PlainEvent | null>;
  close(): void;
}

/** Tests poll a lot, and most of the work of a short request is the TLS handshake of its connection. */
const TLS_CONNECTIONS = new Agent({ keepAlive: true });
const REQUEST_TIME_LIMIT_MS = 15_000;
const WATCH_EVENT_TIME_LIMIT_MS = 30_000;

/** Sends one request and reads the whole answer. */
export async function send(
  server: ApiServer,
  method: string,
  path: string,
  body?: unknown,
  contentType = "application/json",
): Promise<PlainAnswer> {
  const json = body === undefined ? "" : JSON.stringify(body);
  // Node omits the content-length for DELETE, and the server then ignores the body.
  const headers = { "content-type": contentType, "content-length": Buffer.byteLength(json), "user-agent": "conformance/1" };
  const response = await open(server, method, path, headers, json);
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  const status = response.statusCode ?? 0;
  try {
    return { status, body: JSON.parse(text) };
  } catch {
    return { status, body: text };
  }
}

/** Opens a watch; throws if the server refuses it. */
export async function openPlainWatch(server: ApiServer, path: string): Promise<PlainWatch> {
  const response = await open(server, "GET", path, { "user-agent": "conformance/1" }, "");
  if (response.statusCode !== 200) throw new Error(`the watch got HTTP ${response.statusCode}`);
  const lines = createInterface({ input: response })[Symbol.asyncIterator]();
  return {
    async next() {
      const limit = setTimeout(() => response.destroy(new Error("no event in time")), WATCH_EVENT_TIME_LIMIT_MS);
      try {
        const line = await lines.next();
        return line.done ? null : (JSON.parse(line.value) as PlainEvent);
      } finally {
        clearTimeout(limit);
      }
    },
    close: () => void response.destroy(),
  };
}

async function open(server: ApiServer, ...request: Request): Promise<IncomingMessage> {
  try {
    return await openOnce(server, ...request);
  } catch (error) {
    // The server closed the connection before the request arrived.
    if (error instanceof StaleConnection) return open(server, ...request);
    throw error;
  }
}

type Request = [method: string, path: string, headers: OutgoingHttpHeaders, body: string];

class StaleConnection extends Error {}

function openOnce(server: ApiServer, ...[method, path, headers, body]: Request): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const url = new URL(path, server.url);
    const authorization = server.token === undefined ? {} : { authorization: `Bearer ${server.token}` };
    const options = { method, headers: { ...headers, ...authorization } };
    const { ca, cert, key } = server;
    const request: ClientRequest =
      url.protocol === "https:"
        ? httpsRequest(url, { ...options, ca, cert, key, agent: TLS_CONNECTIONS })
        : httpRequest(url, { ...options, agent: false });
    const limit = setTimeout(() => request.destroy(new Error(`${method} ${path}: no answer in time`)), REQUEST_TIME_LIMIT_MS);
    request.once("error", (error) => {
      clearTimeout(limit);
      const isStale = request.reusedSocket && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
      reject(isStale ? new StaleConnection() : error);
    });
    request.once("response", (response) => {
      clearTimeout(limit);
      resolve(response);
    });
    request.end(body);
  });
}

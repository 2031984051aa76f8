/**
 * admin/ — serves probes, metrics, the API and the status page.
 *
 * Read-only: no request changes anything. Neither slow nor many clients may delay the controller.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import type { Report } from "../controller/report.ts";
import type { PastDecision } from "../evaluator/explain/pastDecision.ts";
import { createAllRoutes } from "./allRoutes.ts";
import { ALLOW, type Answer, METHOD_REFUSAL, refusal } from "./answer.ts";
import { Feed } from "./feed.ts";
import { NO_LINKS, type PageLinks } from "./feedHeader.ts";
import { History } from "./history.ts";
import type { Metrics } from "./metrics.ts";
import type { Packed } from "./packed.ts";
import { PAGES, type Page, type Visit } from "./pages.ts";
import { refuseRaw } from "./rawRefusal.ts";
import { limitVisitors } from "./visitorLimits.ts";

/** A request must arrive completely within this time, checked at intervals of CHECK_REQUESTS_EVERY_MS. */
const REQUEST_TIME_LIMIT_MS = 10_000;
const CHECK_REQUESTS_EVERY_MS = 1_000;
/** Of all headers of a request; those of our page and of Prometheus are below a kilobyte. */
const HEADERS_LIMIT_BYTES = 16 * 1024;
/** An idle connection is closed after this time, even during an answer. */
const SILENCE_LIMIT_MS = 30_000;
/** How often a new tick is taken into the history, if there was one. */
const SAMPLE_EVERY_MS = 1_000;
/** The page loads only from this server, and cannot be embedded in a frame. */
const CONTENT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** At a stop, running answers may finish within this time. */
const STOP_TIME_LIMIT_MS = 1_000;

export interface AdminOptions {
  /** Port 0: any free port. */
  readonly address: { readonly host: string; readonly port: number };
  readonly report: () => Report;
  readonly metrics: Pick<Metrics, "expose">;
  /** Decisions of earlier processes and of other replicas, newest first. Absent: none are known. */
  readonly past?: () => readonly PastDecision[];
  /** Absent: none. */
  readonly links?: PageLinks;
  /** Absent: a new one. */
  readonly history?: History;
}

export interface AdminServer {
  /** The URL of the server, without a slash at the end. */
  readonly url: string;
  /** Resolves when the port is free again. */
  stop(): Promise<void>;
}

/** Starts the server. Resolves when it listens, rejects if the address is not available. */
export async function startAdminServer(options: AdminOptions): Promise<AdminServer> {
  const { report, metrics, past = () => [], history = new History(), links = NO_LINKS } = options;
  const feed = new Feed({ report, past, links });
  const sources: Sources = { report, past, history, expose: metrics.expose, feed, allRoutes: createAllRoutes(report) };
  const limits = {
    ...{ requestTimeout: REQUEST_TIME_LIMIT_MS, headersTimeout: REQUEST_TIME_LIMIT_MS },
    ...{ connectionsCheckingInterval: CHECK_REQUESTS_EVERY_MS, maxHeaderSize: HEADERS_LIMIT_BYTES },
  };
  const server = createServer(limits, createApp(sources));
  limitVisitors(server);
  server.setTimeout(SILENCE_LIMIT_MS);
  refuseRaw(server);
  const { host, port } = options.address;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const sampling = setInterval(() => {
    const { state, nowMs } = report();
    void history.sample(state, nowMs);
    sources.feed.dropIfUnwatched();
  }, SAMPLE_EVERY_MS);
  server.once("close", () => clearInterval(sampling));
  return { url: urlOf(server.address() as AddressInfo), stop: () => stop(server) };
}

type Sources = Omit<Visit, "params" | "query">;

function createApp(sources: Sources): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  app.enable("strict routing");
  for (const page of PAGES) app.all(page.path, serve(page, sources));
  app.use((request, response) => send(request, response, refusal(404, "not found")));
  app.use(onError);
  return app;
}

/** HEAD is handled as GET; Express omits the body. */
function serve(page: Page, sources: Sources): RequestHandler {
  return async (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      // The body is not read, so the connection cannot be reused.
      response.set({ allow: ALLOW, connection: "close" });
      send(request, response, METHOD_REFUSAL);
      return;
    }
    send(request, response, await page.answer({ params: request.params, query: request.query, ...sources }));
  };
}

/** A path that cannot be decoded is a mistake of the client; any other error is ours, and its details stay internal. */
const onError: ErrorRequestHandler = (error: unknown, request, response, _next) => {
  if (error instanceof URIError) send(request, response, refusal(400, "the path is not properly encoded"));
  else send(request, response, refusal(500, "internal error"));
};

type Handled = Parameters<RequestHandler>;

function send(request: Handled[0], response: Handled[1], { status, contentType, body, gzipped = null }: Answer): void {
  const isCompressed = gzipped !== null && request.acceptsEncodings("gzip") === "gzip";
  response.status(status).set({
    "content-type": contentType,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": CONTENT_POLICY,
    ...(isCompressed ? { "content-encoding": "gzip" } : {}),
    ...(gzipped === null ? {} : { vary: "accept-encoding" }),
  });
  if (typeof body !== "string" && "length" in body && "gzip" in body) sendPacked(request, response, body);
  else response.send(isCompressed ? gzipped : body);
}

/** Unpacks the body for a client that wants it plain: no faster than that client reads. */
function sendPacked(request: Handled[0], response: Handled[1], { gzip, length }: Packed): void {
  response.vary("accept-encoding");
  if (request.acceptsEncodings("gzip") === "gzip") {
    response.set("content-encoding", "gzip").send(gzip);
    return;
  }
  response.set("content-length", String(length));
  // The only failure that is possible here: the client has gone.
  if (request.method === "GET") pipeline(Readable.from([gzip]), createGunzip(), response, () => {});
  else response.end();
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => server.closeAllConnections(), STOP_TIME_LIMIT_MS);
    server.close(() => {
      clearTimeout(limit);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

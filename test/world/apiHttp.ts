import type { IncomingMessage, ServerResponse } from "node:http";
import { type Asked, answer } from "./apiAnswer.ts";
import type { Fault, FaultRules } from "./apiFaults.ts";
import { findTarget, managerOf, readBody, type Target } from "./apiRequest.ts";
import type { ApiObject } from "./apiResource.ts";
import { failure } from "./apiStatus.ts";
import { discover } from "./discovery.ts";
import type { ObjectStore } from "./objectStore.ts";
import type { Snapshots } from "./pages.ts";
import { readSelectors } from "./selectors.ts";
import { openWatch, type WatchStream } from "./watchStream.ts";

/** One request that was answered (status 0: deliberately not). A watch is logged when it opens. */
export interface RequestRecord {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly status: number;
  readonly userAgent: string;
}

interface Parts {
  readonly store: ObjectStore;
  readonly rules: FaultRules;
  readonly snapshots: Snapshots;
  readonly bookmarkIntervalMs: number;
  /** Aborted when the double closes; it ends all waits. */
  readonly closing: AbortSignal;
}

const REQUEST_LOG_LIMIT = 10_000;
const WATCH_TIMEOUT_MS = 30 * 60_000;

/** The HTTP side of the API double: requests in, answers and watches out. */
export class ApiHttp {
  /** The newest requests, oldest first. */
  readonly requests: RequestRecord[] = [];
  readonly watches = new Set<WatchStream>();
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://double");
    const method = request.method ?? "GET";
    const body = await readBody(request);
    const { latencyMs, fault } = this.#parts.rules.draw({ method, path: url.pathname });
    if (latencyMs > 0) await sleep(latencyMs, this.#parts.closing);
    if (response.destroyed || this.#parts.closing.aborted) return;
    const asked = {
      method,
      query: url.searchParams,
      contentType: (request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "",
      body: body.ok ? body.value : undefined,
      manager: managerOf(request, url.searchParams),
    };
    let reply: Reply | null;
    if (fault !== null && fault.kind !== "lost") reply = spoil(fault, response);
    else if (!body.ok) reply = { code: body.status.code, body: body.status };
    else reply = this.#reply(request, response, url, asked);
    this.#log(request, reply?.code ?? (response.headersSent ? 200 : 0));
    if (fault?.kind === "lost") response.destroy();
    else if (reply !== null) sendReply(response, reply);
  }

  /** The answer; null for a watch, which writes its own response. */
  #reply(request: IncomingMessage, response: ServerResponse, url: URL, asked: Asked): Reply | null {
    const { store, snapshots, rules } = this.#parts;
    const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, "") : url.pathname;
    if (["/healthz", "/livez", "/readyz"].includes(path)) return { code: 200, body: "ok" };
    const resources = [...store.collections.values()].map(({ resource }) => resource);
    const discovered = discover(path, resources);
    if (discovered !== null) return { code: 200, body: discovered };
    const target = findTarget(store, path);
    if (target === null) return { code: 404, body: "404 page not found\n" };
    const watch = asked.query.get("watch");
    if (asked.method === "GET" && (watch === "true" || watch === "1")) return this.#watch(request, response, target, asked.query);
    return answer({ store, snapshots, faults: rules }, target, asked);
  }

  #watch(request: IncomingMessage, response: ServerResponse, target: Target, query: URLSearchParams): Reply | null {
    const selector = readSelectors(query);
    if (!selector.ok) return { code: selector.status.code, body: selector.status };
    const from = query.get("resourceVersion") || null;
    if (from !== null && !/^\d+$/.test(from)) {
      return { code: 500, body: failure(500, "", `resourceVersion: Invalid value: "${from}": invalid syntax`) };
    }
    const byName = (object: ApiObject) => target.name === null || object.metadata.name === target.name;
    const timeoutSeconds = query.get("timeoutSeconds");
    const watch = openWatch(
      {
        ...target,
        selector: (object) => byName(object) && selector.value(object),
        from: from === null ? null : Number(from),
        bookmarks: ["true", "1"].includes(query.get("allowWatchBookmarks") ?? ""),
        timeoutMs: timeoutSeconds === null ? WATCH_TIMEOUT_MS : Number(timeoutSeconds) * 1_000,
        bookmarkIntervalMs: this.#parts.bookmarkIntervalMs,
      },
      response,
      request.url ?? "",
      () => this.watches.delete(watch),
    );
    this.watches.add(watch);
    return null;
  }

  #log(request: IncomingMessage, status: number): void {
    const { method = "", url: path = "", headers } = request;
    this.requests.push({ method, path, status, userAgent: headers["user-agent"] ?? "" });
    if (this.requests.length > REQUEST_LOG_LIMIT) this.requests.splice(0, REQUEST_LOG_LIMIT / 2);
  }

  /** A request that was closed while its body arrived also ends here. Any other error is a bug of the double. */
  crash(error: unknown, response: ServerResponse): void {
    if (response.destroyed) return;
    if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
    response.end(`the API double has a bug: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

interface Reply {
  readonly code: number;
  /** Writes text as it is and other values as JSON. */
  readonly body: unknown;
  readonly contentType?: string;
}

function sendReply(response: ServerResponse, reply: Reply): void {
  const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body);
  const contentType = reply.contentType ?? (typeof reply.body === "string" ? "text/plain; charset=utf-8" : "application/json");
  response.writeHead(reply.code, { "content-type": contentType, "content-length": Buffer.byteLength(text) }).end(text);
}

/** The answer of the fault; null for no answer. */
function spoil(fault: Fault, response: ServerResponse): Reply | null {
  switch (fault.kind) {
    case "drop":
      response.destroy();
      return null;
    case "status":
      if (fault.retryAfterSeconds !== undefined) response.setHeader("retry-after", String(fault.retryAfterSeconds));
      return { code: fault.code, body: failure(fault.code, REASONS[fault.code] ?? "InternalError", `fault: ${fault.code}`) };
    case "html":
      return { code: fault.code ?? 502, body: "<html><body><h1>Bad gateway</h1></body></html>", contentType: "text/html" };
    case "hang":
    case "latency":
    case "lost":
      return null;
  }
}

/** Uses the global timer, so that virtual time can replace it. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    signal.addEventListener("abort", over, { once: true });
  });
}

const REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

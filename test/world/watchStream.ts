import type { ServerResponse } from "node:http";
import type { ApiObject } from "./apiResource.ts";
import { failure } from "./apiStatus.ts";
import type { Change, Collection } from "./objectStore.ts";
import type { Selector } from "./selectors.ts";

export interface WatchRequest {
  readonly collection: Collection;
  readonly version: string;
  readonly apiVersion: string;
  /** Null: all namespaces. */
  readonly namespace: string | null;
  readonly selector: Selector;
  /** Null or 0: begin with the current objects. */
  readonly from: number | null;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
  readonly bookmarkIntervalMs: number;
}

/** One watch: the lines that one client receives. */
export interface WatchStream {
  readonly path: string;
  /** Sends nothing any more, neither bookmarks nor an end; the connection stays open. */
  silence(): void;
  /** Sends an ERROR event and ends the stream. */
  fail(code: 410 | 500): void;
  /** Ends the stream normally. */
  end(): void;
  /** Closes the connection abruptly. */
  cut(): void;
}

/** Limit for a client that does not read; then the connection is closed, as on a real server. */
const UNREAD_LIMIT_BYTES = 32 * 1024 * 1024;
/** How long before its end a watch sends the last bookmark; a real server does it 2 s before. */
const LAST_BOOKMARK_LEAD_MS = 2_000;

/** Answers a watch request on the response; `onClose` is called once when it is over. */
export function openWatch(request: WatchRequest, response: ServerResponse, path: string, onClose: () => void): WatchStream {
  const { collection } = request;
  let silent = false;
  const send = (type: string, object: unknown) => {
    if (silent || response.writableEnded || response.destroyed) return;
    response.write(`${JSON.stringify({ type, object })}\n`);
    if (response.writableLength > UNREAD_LIMIT_BYTES) response.destroy();
  };
  const render = (object: ApiObject) => ({ kind: collection.resource.kind, apiVersion: request.apiVersion, ...object });
  const relay = (change: Change) => {
    const type = typeFor(change, request);
    if (type !== null) send(type, render(type === "DELETED" ? { ...change.object } : change.object));
  };
  const startsAt = request.from || collection.latest;
  // As on a real server, a watch without any event gets no bookmark, so clients cannot rely on it as a sign of life.
  const bookmark = () => {
    if (collection.latest > startsAt) send("BOOKMARK", bookmarkOf(request));
  };
  const timers = request.bookmarks ? bookmarkTimers(request, bookmark) : [];
  const end = () => {
    if (!silent) response.end();
  };
  timers.push(setTimeout(end, request.timeoutMs));
  const stream: WatchStream = {
    path,
    silence() {
      silent = true;
    },
    fail(code) {
      send("ERROR", code === 410 ? tooOld(request.from ?? 0, collection.floor) : failure(500, "InternalError", "Internal error occurred"));
      end();
    },
    end,
    cut: () => response.destroy(),
  };
  response.once("close", () => {
    collection.listeners.delete(relay);
    for (const timer of timers) clearTimeout(timer);
    onClose();
  });
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" });
  response.flushHeaders();
  if (request.from !== null && request.from > 0 && request.from < collection.floor) stream.fail(410);
  else {
    replay(request, relay, send, render);
    collection.listeners.add(relay);
  }
  return stream;
}

function replay(
  request: WatchRequest,
  relay: (change: Change) => void,
  send: (type: string, object: unknown) => void,
  render: (object: ApiObject) => unknown,
): void {
  const { collection, from, namespace, selector } = request;
  if (from === null || from === 0) {
    for (const object of collection.list(namespace)) if (selector(object)) send("ADDED", render(object));
    return;
  }
  for (const change of collection.history) if (change.resourceVersion > from) relay(change);
}

/** The event for the watch's client: an object that begins or ceases to match its selector is added or deleted. */
function typeFor(change: Change, request: WatchRequest): Change["type"] | null {
  if (request.namespace !== null && change.object.metadata.namespace !== request.namespace) return null;
  const did = change.previous !== null && request.selector(change.previous);
  const does = change.type !== "DELETED" && request.selector(change.object);
  if (did) return does ? "MODIFIED" : "DELETED";
  return does ? "ADDED" : null;
}

function bookmarkTimers(request: WatchRequest, bookmark: () => void): NodeJS.Timeout[] {
  const lead = Math.min(LAST_BOOKMARK_LEAD_MS, request.timeoutMs / 2);
  return [setInterval(bookmark, request.bookmarkIntervalMs), setTimeout(bookmark, request.timeoutMs - lead)];
}

function bookmarkOf(request: WatchRequest): ApiObject {
  const resourceVersion = String(request.collection.latest);
  return {
    kind: request.collection.resource.kind,
    apiVersion: request.apiVersion,
    metadata: { resourceVersion, creationTimestamp: null } as unknown as ApiObject["metadata"],
  };
}

function tooOld(from: number, floor: number) {
  return failure(410, "Expired", `too old resource version: ${from} (${floor})`);
}

import { beforeAbort } from "./beforeAbort.ts";
import type { Connection } from "./connection.ts";
import { describe, failure, open, readBody, statusFailure } from "./exchange.ts";
import type { Query, WatchEnd, WatchEvent } from "./kubeApi.ts";

/** The API server refuses objects over 3 MiB, so a longer line is not an event. */
const LINE_LIMIT_BYTES = 16 * 1024 * 1024;
const NEWLINE = 10;

type StopReason = "aborted" | "silent" | null;

/**
 * A watch that cannot hang: it ends as `silent` if no bytes arrive within the limit, or if the connection is abandoned because
 * of another request. An exception in `onEvent` is a bug and is not caught.
 */
export async function watch(
  connection: Connection,
  path: string,
  query: Query,
  onEvent: (event: WatchEvent) => void,
  inactivityLimitMs: number,
  signal: AbortSignal,
): Promise<WatchEnd> {
  if (signal.aborted) return { end: "aborted" };
  const controller = new AbortController();
  let stopReason: StopReason = null;
  const stop = (why: Exclude<StopReason, null>): void => {
    stopReason ??= why;
    controller.abort();
  };
  const onAbort = (): void => stop("aborted");
  signal.addEventListener("abort", onAbort, { once: true });
  const unsubscribe = connection.onAbandoned(() => stop("silent"));
  const timer = setTimeout(() => connection.abandon(), inactivityLimitMs);
  try {
    const end = await follow(connection, path, query, onEvent, () => timer.refresh(), controller.signal);
    return stopReason === null ? end : { end: stopReason };
  } finally {
    clearTimeout(timer);
    unsubscribe();
    signal.removeEventListener("abort", onAbort);
    controller.abort();
  }
}

async function follow(
  connection: Connection,
  path: string,
  query: Query,
  onEvent: (event: WatchEvent) => void,
  onBytes: () => void,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const plain = { method: "GET", body: null, timeLimitMs: 0, signal: null, lateMeansBroken: false };
  const wanted = { ...plain, path, query: { ...query, watch: true } };
  const opened = await beforeAbort(open(connection, wanted, signal), signal);
  if (opened === "aborted") return { end: "aborted" };
  if (!opened.ok) return { end: "failed", failure: opened };
  const { statusCode, body } = opened.value;
  if (statusCode !== 200) {
    if (statusCode === 401) {
      connection.invalidate();
      connection.askAgain(connection.asked());
    }
    const text = await readBody(body, statusCode);
    return { end: "failed", failure: text.ok ? statusFailure(statusCode, text.value, connection.secrets()) : text };
  }
  onBytes();
  const iterator = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const lines = createLineSplitter();
  for (;;) {
    const chunk = await next(iterator);
    // After an abort, events that are still in flight are dropped.
    if (signal.aborted) return { end: "aborted" };
    if (chunk.end !== null) return chunk.end;
    onBytes();
    for (const line of lines.split(chunk.bytes)) {
      const event = readEvent(line);
      if (event === null)
        return { end: "failed", failure: failure("Unreadable", `a line of the watch is not an event (${line.length} bytes)`) };
      onEvent(event);
      if (signal.aborted) return { end: "aborted" };
    }
    if (lines.pendingBytes() > LINE_LIMIT_BYTES) {
      return { end: "failed", failure: failure("Unreadable", `a line of the watch is longer than ${LINE_LIMIT_BYTES} bytes`) };
    }
  }
}

async function next(iterator: AsyncIterator<Buffer>): Promise<{ end: null; bytes: Buffer } | { end: WatchEnd }> {
  try {
    const item = await iterator.next();
    return item.done === true ? { end: { end: "closed" } } : { end: null, bytes: item.value };
  } catch (error) {
    return { end: { end: "failed", failure: failure("Unreadable", `the watch was cut off: ${describe(error)}`) } };
  }
}

function readEvent(line: Buffer): WatchEvent | null {
  try {
    const event: unknown = JSON.parse(line.toString("utf8"));
    if (typeof event !== "object" || event === null || !("type" in event) || !("object" in event)) return null;
    if (typeof event.type !== "string" || typeof event.object !== "object" || event.object === null) return null;
    return event as WatchEvent;
  } catch {
    return null;
  }
}

/** Splits chunks into lines, reading each byte once; an incomplete line is kept for the next chunk. */
function createLineSplitter(): { split(chunk: Buffer): Buffer[]; pendingBytes(): number } {
  let pending: Buffer[] = [];
  let size = 0;
  return {
    split: (chunk) => {
      const lines: Buffer[] = [];
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        const line = Buffer.concat([...pending, chunk.subarray(from, at)]);
        pending = [];
        size = 0;
        if (line.length > 0) lines.push(line);
        from = at + 1;
      }
      if (from < chunk.length) {
        pending.push(chunk.subarray(from));
        size += chunk.length - from;
      }
      return lines;
    },
    pendingBytes: () => size,
  };
}

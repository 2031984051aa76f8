import { STATUS_CODES } from "node:http";
import type { Dispatcher } from "undici";
import { beforeAbort } from "./beforeAbort.ts";
import type { Connection } from "./connection.ts";
import type { KubeFailure, KubeResult, Query } from "./kubeApi.ts";
import { withoutSecrets } from "./withoutSecrets.ts";

/** A list page of 500 large EndpointSlices is some 20 MB. What is longer would take much memory, and can be had in smaller pages. */
const BODY_LIMIT_BYTES = 24 * 1024 * 1024;
/** How much of a text that is not a Status is quoted in a message. */
const QUOTE_LIMIT_CHARS = 200;

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: Query;
  readonly body: { readonly type: string; readonly text: string } | null;
  readonly timeLimitMs: number;
  readonly signal: AbortSignal | null;
}

/** One request and its whole answer. Never throws: what goes wrong is a KubeFailure. */
export async function exchange<T>(connection: Connection, wanted: Exchange): Promise<KubeResult<T>> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    // A write may be slow for reasons of its own, as a webhook that hangs.
    if (wanted.method === "GET") connection.giveUp();
    else connection.distrust();
    controller.abort();
  }, wanted.timeLimitMs);
  if (wanted.signal?.aborted === true) controller.abort();
  wanted.signal?.addEventListener("abort", abort, { once: true });
  try {
    const result = await beforeAbort(converse<T>(connection, wanted, controller.signal), controller.signal);
    if (result !== "aborted" && !(late && !result.ok)) return result;
    if (late) return failure("TimeLimit", `${wanted.method} ${wanted.path}: no whole answer within ${wanted.timeLimitMs} ms`);
    return failure("Unreachable", `${wanted.method} ${wanted.path}: given up`);
  } finally {
    clearTimeout(timer);
    wanted.signal?.removeEventListener("abort", abort);
  }
}

async function converse<T>(connection: Connection, wanted: Exchange, signal: AbortSignal): Promise<KubeResult<T>> {
  const answer = await open(connection, wanted, signal);
  if (!answer.ok) return answer;
  const { statusCode, body } = answer.value;
  const text = await readBody(body, statusCode);
  if (!text.ok) return text;
  if (statusCode >= 200 && statusCode < 300) return parseBody<T>(text.value, connection.secrets());
  if (statusCode === 401) connection.distrust();
  return statusFailure(statusCode, text.value, connection.secrets());
}

/** Sends a request and waits for the head of its answer. */
export async function open(connection: Connection, wanted: Exchange, signal: AbortSignal): Promise<KubeResult<Dispatcher.ResponseData>> {
  try {
    const { headers, dispatcher } = await connection.credentials();
    const url = new URL(connection.url(wanted.path, wanted.query));
    const value = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: wanted.method,
      headers: { accept: "application/json", ...headers, ...(wanted.body === null ? {} : { "content-type": wanted.body.type }) },
      body: wanted.body?.text ?? null,
      signal,
    });
    return { ok: true, value };
  } catch (error) {
    if (!signal.aborted) connection.distrust();
    return failure("Unreachable", describe(error));
  }
}

/** Reads a body to its end, or up to the limit. */
export async function readBody(body: Dispatcher.ResponseData["body"], status: number): Promise<KubeResult<string>> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > BODY_LIMIT_BYTES) return failure("TooLong", `the answer (HTTP ${status}) is longer than ${BODY_LIMIT_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    return failure("Unreadable", `the answer (HTTP ${status}) broke off: ${describe(error)}`);
  }
  return { ok: true, value: Buffer.concat(chunks).toString("utf8") };
}

function parseBody<T>(text: string, secrets: readonly string[]): KubeResult<T> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { ok: true, value: value as T };
  } catch {
    // Told below, together with JSON that is no object.
  }
  return failure("Unreadable", `the answer is not a JSON object: ${quote(text, secrets)}`);
}

/** An answer other than 2xx; its reason is that of the Status in its body, or the name of the HTTP status. */
export function statusFailure(status: number, text: string, secrets: readonly string[]): { ok: false } & KubeFailure {
  const name = STATUS_CODES[status] ?? `HTTP ${status}`;
  const fallback = {
    ok: false as const,
    status,
    reason: name.replaceAll(" ", ""),
    message: `HTTP ${status} ${name}: ${quote(text, secrets)}`,
  };
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null || !("kind" in body) || body.kind !== "Status") return fallback;
    const reason = "reason" in body && typeof body.reason === "string" && body.reason !== "" ? body.reason : fallback.reason;
    const message = "message" in body && typeof body.message === "string" ? body.message : fallback.message;
    return { ok: false, status, reason: withoutSecrets(reason, secrets), message: withoutSecrets(message, secrets) };
  } catch {
    return fallback;
  }
}

/** A failure without an answer that could be read. */
export function failure(reason: "Unreachable" | "TimeLimit" | "Unreadable" | "TooLong", message: string): { ok: false } & KubeFailure {
  return { ok: false, status: null, reason, message };
}

/** An error in one line, with the cause that undici hides behind general words. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" && !error.message.includes(error.code) ? ` (${error.code})` : "";
  const inner = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0].message : "";
  return `${error.message === "" ? inner || error.name : error.message}${code}`;
}

/** Secrets go first: half of one at the end would be a secret still. */
function quote(text: string, secrets: readonly string[]): string {
  const line = withoutSecrets(text, secrets).replace(/\s+/g, " ").trim();
  return JSON.stringify(line.length > QUOTE_LIMIT_CHARS ? `${line.slice(0, QUOTE_LIMIT_CHARS)}…` : line);
}

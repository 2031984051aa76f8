import { STATUS_CODES } from "node:http";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Dispatcher } from "undici";
import { beforeAbort } from "./beforeAbort.ts";
import type { Connection } from "./connection.ts";
import type { Credentials } from "./credentials.ts";
import type { KubeFailure, KubeResult, Query } from "./kubeApi.ts";
import { withoutSecrets } from "./withoutSecrets.ts";

/** A page of 500 large EndpointSlices has about 20 MB. Longer answers need too much memory; smaller pages avoid them. */
const BODY_LIMIT_BYTES = 24 * 1024 * 1024;
/** How many characters of an unexpected answer are quoted in a message. */
const QUOTE_LIMIT_CHARS = 200;
/** How undici says that the server closes the connection. */
const GOAWAY = '"GOAWAY" frame received';

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: Query;
  readonly body: { readonly type: string; readonly text: string } | null;
  readonly timeLimitMs: number;
  readonly signal: AbortSignal | null;
  /** The answer is a text and no JSON. */
  readonly text?: boolean;
  /** Without an answer in time, the watches on the connection end too. */
  readonly lateMeansBroken: boolean;
  /** The answer may be compressed, as that of a long list is. */
  readonly mayCompress?: boolean;
}

/**
 * Sends a request and reads the whole answer. Never throws: an error is a KubeFailure. The time that a credential plugin
 * takes does not count: it has its own limit. After a 401 the plugin is asked again and the request is sent once more.
 */
export async function exchange<T>(connection: Connection, wanted: Exchange): Promise<KubeResult<T>> {
  const login = await logIn(connection, wanted);
  if (login !== null) return login;
  const asked = connection.asked();
  const first = await exchangeInTime<T>(connection, wanted);
  if (first.ok || first.status !== 401 || !connection.askAgain(asked)) return first;
  const again = await logIn(connection, wanted);
  if (again !== null) return { ...first, message: `${first.message}; asked again, ${again.message}` };
  return exchangeInTime<T>(connection, wanted);
}

/** Waits for the credential plugin, if there is one. */
async function logIn(connection: Connection, wanted: Exchange): Promise<({ ok: false } & KubeFailure) | null> {
  const { signal } = wanted;
  try {
    const login = connection.login();
    if (signal === null) await login;
    else if ((await beforeAbort(login, signal)) === "aborted") return abortedFailure(wanted);
    return null;
  } catch (error) {
    return failure("NoCredentials", describe(error));
  }
}

async function exchangeInTime<T>(connection: Connection, wanted: Exchange): Promise<KubeResult<T>> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    if (wanted.lateMeansBroken) connection.abandon();
    else connection.invalidate();
    controller.abort();
  }, wanted.timeLimitMs);
  if (wanted.signal?.aborted === true) controller.abort();
  wanted.signal?.addEventListener("abort", abort, { once: true });
  try {
    const result = await beforeAbort(sendAndRead<T>(connection, wanted, controller.signal), controller.signal);
    if (result !== "aborted" && !(timedOut && !result.ok)) return result;
    if (timedOut) return failure("TimeLimit", `${wanted.method} ${wanted.path}: no whole answer within ${wanted.timeLimitMs} ms`);
    return abortedFailure(wanted);
  } finally {
    clearTimeout(timer);
    wanted.signal?.removeEventListener("abort", abort);
  }
}

/** Its caller stopped it, perhaps by a time limit of several requests together. */
function abortedFailure({ method, path, signal }: Exchange): { ok: false } & KubeFailure {
  const isLate = (signal?.reason as { name?: unknown } | null | undefined)?.name === "TimeoutError";
  return isLate
    ? failure("TimeLimit", `${method} ${path}: the time for all requests is over`)
    : failure("Unreachable", `${method} ${path}: aborted`);
}

/**
 * After a 401 the API server closes the connection, and has not read the other requests on it. undici sends these once more on a
 * new connection, with the same credential, so one of them closes it again. A read is then sent with the credential of that time.
 */
async function sendAndRead<T>(connection: Connection, wanted: Exchange, signal: AbortSignal): Promise<KubeResult<T>> {
  const answer = await sendAndReadOnce<T>(connection, wanted, signal);
  return wanted.method === "GET" && isTurnedAway(answer) ? sendAndReadOnce<T>(connection, wanted, signal) : answer;
}

function isTurnedAway(answer: KubeResult<unknown>): boolean {
  return !answer.ok && (answer.reason === "Unreachable" || answer.reason === "Unreadable") && answer.message.includes(GOAWAY);
}

async function sendAndReadOnce<T>(connection: Connection, wanted: Exchange, signal: AbortSignal): Promise<KubeResult<T>> {
  const answer = await open(connection, { ...wanted, mayCompress: true }, signal);
  if (!answer.ok) return answer;
  const { statusCode, headers, body } = answer.value;
  const text = await readBody(headers["content-encoding"] === "gzip" ? unpacked(body) : body, statusCode);
  if (!text.ok) return text;
  if (statusCode >= 200 && statusCode < 300 && wanted.text === true) return { ok: true, value: text.value as T };
  if (statusCode >= 200 && statusCode < 300) return parseBody<T>(text.value, connection.secrets());
  if (statusCode === 401) connection.invalidate();
  const failed = statusFailure(statusCode, text.value, connection.secrets());
  const retryAfterS = Number(headers["retry-after"] ?? Number.NaN);
  return Number.isFinite(retryAfterS) && retryAfterS >= 0 ? { ...failed, retryAfterMs: retryAfterS * 1_000 } : failed;
}

/** Sends a request and waits for the headers of the answer. */
export async function open(connection: Connection, wanted: Exchange, signal: AbortSignal): Promise<KubeResult<Dispatcher.ResponseData>> {
  let credentials: Credentials;
  try {
    credentials = await connection.credentials();
  } catch (error) {
    if (!signal.aborted) connection.invalidate();
    return failure("NoCredentials", describe(error));
  }
  try {
    const { headers, dispatcher, allowH2 } = credentials;
    const url = new URL(connection.url(wanted.path, wanted.query));
    const value = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: wanted.method,
      headers: { accept: wanted.text === true ? "text/plain, */*" : "application/json", ...headers, ...ownHeaders(wanted) },
      body: wanted.body?.text ?? null,
      signal,
      // undici knows this option of a request; its types do not.
      ...{ allowH2 },
    });
    return { ok: true, value };
  } catch (error) {
    if (!signal.aborted) connection.invalidate();
    const via = connection.proxy === null ? "" : `through the proxy ${connection.proxy}: `;
    return failure("Unreachable", `${via}${describe(error)}`);
  }
}

function ownHeaders({ body, mayCompress }: Exchange): Record<string, string> {
  return { ...(body !== null && { "content-type": body.type }), ...(mayCompress === true && { "accept-encoding": "gzip" }) };
}

/** An error of the body, too, is one of the stream that is read. */
function unpacked(body: Readable): Readable {
  return pipeline(body, createGunzip(), () => {});
}

/** Reads a body as text; a failure if it exceeds the limit. */
export async function readBody(body: Readable, status: number): Promise<KubeResult<string>> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > BODY_LIMIT_BYTES) return failure("TooLong", `the answer (HTTP ${status}) is longer than ${BODY_LIMIT_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    return failure("Unreadable", `the answer (HTTP ${status}) was cut off: ${describe(error)}`);
  }
  return { ok: true, value: Buffer.concat(chunks).toString("utf8") };
}

function parseBody<T>(text: string, secrets: readonly string[]): KubeResult<T> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { ok: true, value: value as T };
  } catch {
    // Reported below, like JSON that is not an object.
  }
  return failure("Unreadable", `the answer is not a JSON object: ${quote(text, secrets)}`);
}

/** The failure for an answer other than 2xx. Its reason is that of the Status in the body, else the name of the HTTP status. */
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

/** A failure without a readable answer. */
export function failure(
  reason: "Unreachable" | "NoCredentials" | "TimeLimit" | "Unreadable" | "TooLong",
  message: string,
): { ok: false } & KubeFailure {
  return { ok: false, status: null, reason, message };
}

/** An error in one line, with the cause that undici puts in nested errors. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" && !error.message.includes(error.code) ? ` (${error.code})` : "";
  const inner = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0].message : "";
  return `${error.message === "" ? inner || error.name : error.message}${code}`;
}

/** Secrets are removed before the text is cut, so that no part of one remains. */
function quote(text: string, secrets: readonly string[]): string {
  const line = withoutSecrets(text, secrets).replace(/\s+/g, " ").trim();
  return JSON.stringify(line.length > QUOTE_LIMIT_CHARS ? `${line.slice(0, QUOTE_LIMIT_CHARS)}…` : line);
}

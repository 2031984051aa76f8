import { createRequire } from "node:module";
import type { Moments } from "../../src/observer/readAnswer.ts";
import type { PrometheusReply } from "./simulatedPrometheus.ts";

/** Answers a query, for two moments or (null) now. */
export type Answering = (query: string, moments: Moments | null) => Promise<PrometheusReply>;

/** The parts of a request's configuration that the driver and our interceptors set. */
interface WireRequest {
  readonly data: URLSearchParams;
  readonly headers: { set(name: string, value: string): void };
  readonly signal?: AbortSignal;
  readonly validateStatus?: (status: number) => boolean;
}

interface WireResponse {
  readonly status: number;
  readonly statusText: string;
  /** The answer in pieces, as our interceptor asks for it; it turns them into the body. */
  readonly data: unknown;
}

interface Interceptors<T> {
  use(onFulfilled: (value: T) => T | Promise<T>): void;
}

interface Axios {
  create: () => unknown;
  readonly AxiosError: new (message: string, code: string, config?: unknown, request?: unknown, response?: unknown) => Error;
}

/**
 * Replaces the HTTP client and the network under the Prometheus driver by a function, and returns a function that undoes this.
 * The driver creates an axios client for every query, which is expensive; this implements only the necessary parts of it. The
 * driver, our interceptors and our handling of bad answers are the real ones. `prometheusWire.test.ts` compares it with a
 * real socket.
 */
export function installPrometheusWire(answer: Answering): () => void {
  const axios = createRequire(createRequire(import.meta.url).resolve("prometheus-query"))("axios") as Axios;
  const before = axios.create;
  axios.create = () => createClient(axios, answer);
  return () => {
    axios.create = before;
  };
}

function createClient(axios: Axios, answer: Answering): object {
  const onRequest: ((config: WireRequest) => WireRequest)[] = [];
  const onResponse: ((response: WireResponse) => WireResponse | Promise<WireResponse>)[] = [];
  const request = async (given: WireRequest): Promise<WireResponse> => {
    const config = onRequest.reduce<WireRequest>((changed, intercept) => intercept(changed), {
      ...given,
      headers: new Map<string, string>(),
    });
    const fail = (message: string, code: string, response?: WireResponse) => new axios.AxiosError(message, code, config, {}, response);
    const answering = answer(config.data.get("query") ?? "", momentsOf(config.data)).catch((error: unknown) => {
      throw fail(error instanceof Error ? error.message : String(error), "ECONNREFUSED");
    });
    const reply = await orAborted(answering, config.signal, () => fail("canceled", "ERR_CANCELED"));
    const response = { status: reply.code, statusText: "", data: [reply.body] };
    if (config.validateStatus?.(reply.code) === false)
      throw fail(`Request failed with status code ${reply.code}`, "ERR_BAD_RESPONSE", response);
    let changed: WireResponse = response;
    for (const intercept of onResponse) changed = await intercept(changed);
    return changed;
  };
  const interceptors: { request: Interceptors<WireRequest>; response: Interceptors<WireResponse> } = {
    request: { use: (onFulfilled) => void onRequest.push(onFulfilled as (config: WireRequest) => WireRequest) },
    response: { use: (onFulfilled) => void onResponse.push(onFulfilled) },
  };
  return { interceptors, request };
}

/** Null: an instant query. */
function momentsOf(data: URLSearchParams): Moments | null {
  const [before, now] = ["start", "end"].map((name) => data.get(name));
  return before && now ? { beforeMs: Math.round(Number(before) * 1_000), nowMs: Math.round(Number(now) * 1_000) } : null;
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined, error: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(error());
    if (signal?.aborted === true) abort();
    signal?.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal?.removeEventListener("abort", abort));
  });
}

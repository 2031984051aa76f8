import { createRequire } from "node:module";
import type { PrometheusReply } from "./simulatedPrometheus.ts";

interface WireRequest {
  readonly data?: unknown;
  readonly signal?: AbortSignal;
  readonly validateStatus?: (status: number) => boolean;
}

interface Axios {
  readonly defaults: { adapter?: unknown };
  readonly AxiosError: new (message: string, code: string, config: unknown, request: unknown, response?: unknown) => Error;
}

/**
 * Puts a function in the place of the network of Prometheus's driver, in this process; the answer takes it away again.
 * The driver makes an axios client of its own for every query and lets nobody hand it one, so its default is what can
 * be set. All above it is the real client: the driver, our interceptors and what we make of bad answers.
 */
export function installPrometheusWire(answer: (query: string) => Promise<PrometheusReply>): () => void {
  const axios = createRequire(createRequire(import.meta.url).resolve("prometheus-query"))("axios") as Axios;
  const before = axios.defaults.adapter;
  axios.defaults.adapter = async (config: WireRequest) => {
    const fail = (message: string, code: string, response?: unknown) => new axios.AxiosError(message, code, config, {}, response);
    const aborted = new Promise<never>((_, reject) => {
      const abort = () => reject(fail("canceled", "ERR_CANCELED"));
      if (config.signal?.aborted === true) abort();
      config.signal?.addEventListener("abort", abort, { once: true });
    });
    const query = new URLSearchParams(String(config.data)).get("query") ?? "";
    const answering = answer(query).catch((error: unknown) => {
      throw fail(error instanceof Error ? error.message : String(error), "ECONNREFUSED");
    });
    const { code, body } = await Promise.race([answering, aborted]);
    const response = { status: code, statusText: "", headers: {}, config, request: {}, data: body };
    if (config.validateStatus?.(code) !== false) return response;
    throw fail(`Request failed with status code ${code}`, "ERR_BAD_RESPONSE", response);
  };
  return () => {
    axios.defaults.adapter = before;
  };
}

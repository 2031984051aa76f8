import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { type Connection, createConnection } from "./connection.ts";
import { exchange } from "./exchange.ts";
import type { Impersonation } from "./impersonation.ts";
import type { KubeApi, KubeResult, PatchType, RequestOptions } from "./kubeApi.ts";
import { watch } from "./watch.ts";

/** Default time limit of a request, from the first byte sent to the last byte read. */
const REQUEST_TIME_LIMIT_MS = 15_000;

/** The API of the cluster in the kubeconfig's current context. Sends nothing before the first call. */
export function createKubeApi(kubeConfig: KubeConfig, impersonation: Impersonation | null = null): KubeApi {
  const connection: Connection = createConnection(kubeConfig, impersonation);
  const send = <T>(
    method: string,
    path: string,
    body: { type: string; value: unknown } | null,
    options: RequestOptions = {},
  ): Promise<KubeResult<T>> =>
    exchange<T>(connection, {
      method,
      path,
      query: options.query ?? {},
      body: body === null ? null : { type: body.type, text: JSON.stringify(body.value) },
      timeLimitMs: options.timeLimitMs ?? REQUEST_TIME_LIMIT_MS,
      signal: options.signal ?? null,
      text: options.text === true,
      lateMeansBroken: options.lateMeansBroken ?? method === "GET",
    });
  return {
    get: (path, options) => send("GET", path, null, options),
    create: (path, body, options) => send("POST", path, { type: "application/json", value: body }, options),
    replace: (path, body, options) => send("PUT", path, { type: "application/json", value: body }, options),
    patch: (path, type: PatchType, body, options) => send("PATCH", path, { type, value: body }, options),
    remove: (path, options) => send("DELETE", path, null, options),
    watch: (path, query, onEvent, inactivityLimitMs, signal) => watch(connection, path, query, onEvent, inactivityLimitMs, signal),
  };
}

import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { HttpMethod, RequestContext } from "@kubernetes/client-node/dist/gen/http/http.js";
import { Agent, type Dispatcher } from "undici";
import { secretsIn } from "./withoutSecrets.ts";

/** Tokens are read again this often; client-node itself reads a service account's token file once a minute. */
const HEADERS_AGE_LIMIT_MS = 10_000;
/** Connections are replaced this often, so that a rotated CA, client certificate or address takes effect without a failure. */
const DISPATCHER_AGE_LIMIT_MS = 600_000;

/** Names us in the API server's audit log. */
const USER_AGENT = "linkerd-failover";

/** The address of the API server, and the credentials for it. */
export interface Connection {
  /** The full URL of a path, with its query. */
  url(path: string, query: Readonly<Record<string, string | number | boolean>>): string;
  /** Headers and dispatcher for a request. Throws if the kubeconfig's files or plugins fail. */
  credentials(): Promise<Credentials>;
  /** The secrets that were last sent to the server. No message may repeat them. */
  secrets(): readonly string[];
  /**
   * The next request reads the credentials again and uses a new connection. Called after a failure to connect, a 401 or
   * a timeout: all requests share one connection, so a broken one would block them all.
   */
  invalidate(): void;
  /** As `invalidate`, after a read without an answer: the watches on the connection end too, since they would get none. */
  abandon(): void;
  /** Calls the listener when the connection is abandoned. Returns how to unsubscribe. */
  onAbandoned(listener: () => void): () => void;
}

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
}

/**
 * Keeps one pool of connections, so that many requests share their TLS handshakes: client-node creates a new pool for every
 * request. A replaced pool is closed once its requests have ended.
 */
export function createConnection(kubeConfig: KubeConfig): Connection {
  let held: { credentials: Credentials; headersAtMs: number; dispatcherAtMs: number } | null = null;
  let valid = false;
  let renewing: Promise<Credentials> | null = null;
  const listeners = new Set<() => void>();

  const renew = async (): Promise<Credentials> => {
    const context = new RequestContext(kubeConfig.getCurrentCluster()?.server ?? "", HttpMethod.GET);
    await kubeConfig.applySecurityAuthentication(context);
    const nowMs = performance.now();
    const created = context.getDispatcher() ?? new Agent();
    const keep = held !== null && valid && nowMs - held.dispatcherAtMs < DISPATCHER_AGE_LIMIT_MS ? held : null;
    const unused = keep === null ? held?.credentials.dispatcher : created;
    const credentials = {
      headers: { ...context.getHeaders(), "user-agent": USER_AGENT },
      dispatcher: keep?.credentials.dispatcher ?? created,
    };
    if (unused !== undefined && unused !== credentials.dispatcher) void unused.close().catch(() => {});
    held = { credentials, headersAtMs: nowMs, dispatcherAtMs: keep?.dispatcherAtMs ?? nowMs };
    valid = true;
    return credentials;
  };

  return {
    url: (path, query) => {
      const server = kubeConfig.getCurrentCluster()?.server.replace(/\/+$/, "") ?? "";
      const search = new URLSearchParams();
      for (const [name, value] of Object.entries(query)) search.set(name, String(value));
      return search.size === 0 ? `${server}${path}` : `${server}${path}?${search.toString()}`;
    },
    credentials: async () => {
      if (held !== null && valid && performance.now() - held.headersAtMs < HEADERS_AGE_LIMIT_MS) return held.credentials;
      renewing ??= renew().finally(() => {
        renewing = null;
      });
      return renewing;
    },
    secrets: () => secretsIn(held?.credentials.headers["Authorization"] ?? ""),
    invalidate: () => {
      valid = false;
    },
    abandon: () => {
      valid = false;
      for (const listener of [...listeners]) listener();
    },
    onAbandoned: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { HttpMethod, RequestContext } from "@kubernetes/client-node/dist/gen/http/http.js";
import { Agent, type Dispatcher } from "undici";
import { secretsIn } from "./withoutSecrets.ts";

/** Tokens are asked for again this often; client-node in turn reads a service account's token file once a minute. */
const HEADERS_AGE_LIMIT_MS = 10_000;
/** Connections are made anew this often, so that a rotated CA, client certificate or address is noticed without a failure. */
const DISPATCHER_AGE_LIMIT_MS = 600_000;

/** Names us in the API server's audit log. */
const USER_AGENT = "linkerd-failover";

/** Where the API server is, and what proves to it who we are. */
export interface Connection {
  /** The full URL of a path, with its query. */
  url(path: string, query: Readonly<Record<string, string | number | boolean>>): string;
  /** Headers and open connections to use for a request now. Throws where the kubeconfig's files or plugins fail. */
  credentials(): Promise<Credentials>;
  /** What was shown to the server last and must not be repeated, wherever it says so. */
  secrets(): readonly string[];
  /**
   * After a failure to connect or to be let in, and after silence: the next request reads everything anew and goes over a
   * new connection. Many requests share one, so one that was forgotten on the way would keep them all from the server.
   */
  distrust(): void;
  /** As `distrust`, where a mere look got no answer: whoever else listens on the connection listens in vain, and is told. */
  giveUp(): void;
  /** Calls back when the connection is given up, until the returned function is called. */
  onGivenUp(listener: () => void): () => void;
}

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
}

/**
 * client-node makes a new pool of connections for every request that it authenticates; here they are kept, so that
 * many patches in a row share their TLS handshakes. Replaced pools are closed once what runs on them is over.
 */
export function createConnection(kubeConfig: KubeConfig): Connection {
  let held: { credentials: Credentials; headersAtMs: number; dispatcherAtMs: number } | null = null;
  let trusted = false;
  let renewing: Promise<Credentials> | null = null;
  const listeners = new Set<() => void>();

  const renew = async (): Promise<Credentials> => {
    const context = new RequestContext(kubeConfig.getCurrentCluster()?.server ?? "", HttpMethod.GET);
    await kubeConfig.applySecurityAuthentication(context);
    const nowMs = performance.now();
    const made = context.getDispatcher() ?? new Agent();
    const keep = held !== null && trusted && nowMs - held.dispatcherAtMs < DISPATCHER_AGE_LIMIT_MS ? held : null;
    const unused = keep === null ? held?.credentials.dispatcher : made;
    const credentials = {
      headers: { ...context.getHeaders(), "user-agent": USER_AGENT },
      dispatcher: keep?.credentials.dispatcher ?? made,
    };
    if (unused !== undefined && unused !== credentials.dispatcher) void unused.close().catch(() => {});
    held = { credentials, headersAtMs: nowMs, dispatcherAtMs: keep?.dispatcherAtMs ?? nowMs };
    trusted = true;
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
      if (held !== null && trusted && performance.now() - held.headersAtMs < HEADERS_AGE_LIMIT_MS) return held.credentials;
      renewing ??= renew().finally(() => {
        renewing = null;
      });
      return renewing;
    },
    secrets: () => secretsIn(held?.credentials.headers["Authorization"] ?? ""),
    distrust: () => {
      trusted = false;
    },
    giveUp: () => {
      trusted = false;
      for (const listener of [...listeners]) listener();
    },
    onGivenUp: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

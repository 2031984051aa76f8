import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { adoptPlugin } from "./credentialPlugin.ts";
import { type Credentials, HeldCredentials } from "./credentials.ts";
import { type Impersonation, impersonationHeaders } from "./impersonation.ts";
import type { Query } from "./kubeApi.ts";
import { secretsInUrl } from "./withoutSecrets.ts";

/** The address of the API server, and the credentials for it. */
export interface Connection {
  /** The full URL of a path, with its query. */
  url(path: string, query: Query): string;
  /** Host and port of the proxy; null: none. */
  readonly proxy: string | null;
  /** Headers and dispatcher for a request. Throws if the kubeconfig's files or plugins fail. */
  credentials(): Promise<Credentials>;
  /** Waits until the credential plugin has answered; it has its own time limit. Without one, at once. Throws if it fails. */
  login(): Promise<void>;
  /** How often the credential plugin was asked. */
  asked(): number;
  /** After a 401 to what the plugin had answered when it was asked this often: whether there may be another credential now. */
  askAgain(asked: number): boolean;
  /** The secrets that were last sent to the server. No message may repeat them. */
  secrets(): readonly string[];
  /**
   * The next request reads the credentials again and uses a new connection. Called after a failure to connect, a 401 or
   * a timeout: all requests share one connection, so a broken one would block them all.
   */
  invalidate(): void;
  /** As `invalidate`, after a request whose late answer means that it is broken: its watches end too, since they would get nothing. */
  abandon(): void;
  /** Calls the listener when the connection is abandoned. Returns how to unsubscribe. */
  onAbandoned(listener: () => void): () => void;
}

/** One connection to the cluster in the kubeconfig's current context. */
export function createConnection(kubeConfig: KubeConfig, impersonation: Impersonation | null = null): Connection {
  const plugin = adoptPlugin(kubeConfig);
  const held = new HeldCredentials(kubeConfig, plugin, impersonationHeaders(impersonation));
  const proxy = URL.parse(kubeConfig.getCurrentCluster()?.proxyUrl ?? "");
  const listeners = new Set<() => void>();
  return {
    url: (path, query) => urlOf(kubeConfig.getCurrentCluster()?.server ?? "", path, query),
    proxy: proxy?.host ?? null,
    credentials: () => held.current(),
    login: async () => {
      if (plugin !== null) await held.current();
    },
    asked: () => plugin?.asked ?? 0,
    askAgain: (asked) => {
      if (plugin === null || !plugin.forget(asked)) return false;
      held.invalidate();
      return true;
    },
    secrets: () => [...held.secrets(), ...secretsInUrl(proxy)],
    invalidate: () => held.invalidate(),
    abandon: () => {
      held.invalidate();
      for (const listener of [...listeners]) listener();
    },
    onAbandoned: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function urlOf(server: string, path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) search.set(name, String(value));
  const base = `${server.replace(/\/+$/, "")}${path}`;
  return search.size === 0 ? base : `${base}?${search.toString()}`;
}

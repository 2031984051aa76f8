import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { HttpMethod, RequestContext } from "@kubernetes/client-node/dist/gen/http/http.js";
import { Agent, type Dispatcher } from "undici";
import type { CredentialPlugin } from "./credentialPlugin.ts";
import { secretsIn } from "./withoutSecrets.ts";

/** Tokens are read again this often; client-node itself reads a service account's token file once a minute. */
const HEADERS_AGE_LIMIT_MS = 10_000;
/** Connections are replaced this often, so that a rotated CA, client certificate or address takes effect without a failure. */
const DISPATCHER_AGE_LIMIT_MS = 600_000;

/** Names us in the API server's audit log. */
const USER_AGENT = "linkerd-failover";

export interface Credentials {
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly dispatcher: Dispatcher;
  /** Over HTTP/2, undici would join the values of a repeated header into one: groups `a` and `b` into the group `a, b`. */
  readonly allowH2: boolean;
}

interface Held {
  readonly credentials: Credentials;
  readonly headersAtMs: number;
  readonly dispatcherAtMs: number;
  /** How often the plugin had been asked. */
  readonly asked: number;
}

/**
 * Keeps one pool of connections, so that many requests share their TLS handshakes: client-node creates a new pool for every
 * request. A replaced pool is closed once its requests have ended.
 */
export class HeldCredentials {
  readonly #kubeConfig: KubeConfig;
  readonly #plugin: CredentialPlugin | null;
  readonly #impersonated: Credentials["headers"];
  #held: Held | null = null;
  #valid = false;
  #renewing: Promise<Credentials> | null = null;
  /** What was sent in the header `Authorization`, the last one first: of two, because an answer may be to the one before. */
  #sent: readonly string[] = [];

  constructor(kubeConfig: KubeConfig, plugin: CredentialPlugin | null, impersonated: Credentials["headers"]) {
    this.#kubeConfig = kubeConfig;
    this.#plugin = plugin;
    this.#impersonated = impersonated;
  }

  /** Those that are held while they are valid and young, else new ones. */
  async current(): Promise<Credentials> {
    const held = this.#held;
    if (held !== null && this.#valid && performance.now() - held.headersAtMs < HEADERS_AGE_LIMIT_MS) return held.credentials;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  invalidate(): void {
    this.#valid = false;
  }

  secrets(): readonly string[] {
    return this.#sent.flatMap(secretsIn);
  }

  async #renew(): Promise<Credentials> {
    const context = new RequestContext(this.#kubeConfig.getCurrentCluster()?.server ?? "", HttpMethod.GET);
    await this.#kubeConfig.applySecurityAuthentication(context);
    const created = context.getDispatcher() ?? new Agent();
    const before = this.#held;
    const kept = before !== null && this.#mayKeep(before) ? before : null;
    // client-node knows the user alone, and not in UTF-8.
    const { "Impersonate-User": _, ...headers } = context.getHeaders();
    const credentials: Credentials = {
      headers: { ...headers, ...this.#impersonated, "user-agent": USER_AGENT },
      dispatcher: kept?.credentials.dispatcher ?? created,
      allowH2: Object.values(this.#impersonated).every((value) => typeof value === "string" || value.length < 2),
    };
    const unused = kept === null ? before?.credentials.dispatcher : created;
    if (unused !== undefined && unused !== credentials.dispatcher) void unused.close().catch(() => {});
    const nowMs = performance.now();
    this.#held = { credentials, headersAtMs: nowMs, dispatcherAtMs: kept?.dispatcherAtMs ?? nowMs, asked: this.#plugin?.asked ?? 0 };
    this.#sent = [...new Set([headers["Authorization"] ?? "", ...this.#sent])].slice(0, 2);
    this.#valid = true;
    return credentials;
  }

  /** A plugin that was asked again may have answered with another client certificate. */
  #mayKeep({ dispatcherAtMs, asked }: Held): boolean {
    return this.#valid && asked === (this.#plugin?.asked ?? 0) && performance.now() - dispatcherAtMs < DISPATCHER_AGE_LIMIT_MS;
  }
}

import type { KubeApi, KubeObject, KubeResult, RequestOptions } from "../../src/kube/kubeApi.ts";

/** What happens to one request: the delays of request and answer, and whether either is lost. */
export interface Weather {
  readonly thereMs: number;
  readonly backMs: number;
  readonly loses?: "request" | "answer";
}

interface StoredLease extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>>;
}

const PATH = "/apis/coordination.k8s.io/v1/namespaces/linkerd/leases";

/** An API server with one Lease and with delayed requests. Writes are guarded by the resourceVersion, as in a real one. */
export class LeaseServer {
  lease: StoredLease | null = null;
  down = false;
  readonly writes: { readonly holder: string; readonly atMs: number }[] = [];
  /** The methods of the requests that arrived. */
  readonly requests: string[] = [];
  /** The requests after which a client without an answer takes its connection for broken. */
  readonly tellTales: string[] = [];
  #version = 0;

  /** A client of this server, with its own delays and losses. */
  wire(weather: () => Weather): KubeApi {
    const call = <T>(
      method: "get" | "create" | "replace",
      path: string,
      body: unknown,
      options: RequestOptions = {},
    ): Promise<KubeResult<T>> => {
      if (options.lateMeansBroken === true) this.tellTales.push(method);
      return this.#exchange(weather(), () => this.#handle(method, path, body), options) as Promise<KubeResult<T>>;
    };
    const unexpected = (): never => {
      throw new Error("not expected");
    };
    return {
      get: (path, options) => call("get", path, null, options),
      create: (path, body, options) => call("create", path, body, options),
      replace: (path, body, options) => call("replace", path, body, options),
      patch: unexpected,
      remove: unexpected,
      watch: unexpected,
    };
  }

  /** A user edits the lease. */
  edit(spec: Readonly<Record<string, unknown>>): void {
    this.#version += 1;
    this.lease = {
      ...this.lease,
      metadata: { ...this.lease?.metadata, resourceVersion: String(this.#version) },
      spec: { ...this.lease?.spec, ...spec },
    };
  }

  /** A user labels the lease. */
  label(labels: Readonly<Record<string, string>>): void {
    this.edit({});
    this.lease = { ...this.lease, metadata: { ...this.lease?.metadata, labels } };
  }

  #exchange(weather: Weather, handle: () => KubeResult<unknown>, options: RequestOptions): Promise<KubeResult<unknown>> {
    return new Promise((resolve) => {
      const giveUp = (reason: string) => resolve({ ok: false, status: null, reason, message: "given up" });
      if (options.signal?.aborted === true) return giveUp("Unreachable");
      options.signal?.addEventListener("abort", () => giveUp("Unreachable"), { once: true });
      setTimeout(() => giveUp("TimeLimit"), options.timeLimitMs ?? 15_000);
      if (weather.loses === "request") return;
      // A request arrives even if the client no longer waits for it.
      setTimeout(() => {
        const answer: KubeResult<unknown> = this.down ? { ok: false, status: 503, reason: "Unavailable", message: "down" } : handle();
        if (weather.loses !== "answer") setTimeout(() => resolve(structuredClone(answer)), weather.backMs);
      }, weather.thereMs);
    });
  }

  #handle(method: "get" | "create" | "replace", path: string, body: unknown): KubeResult<unknown> {
    this.requests.push(method);
    if (path !== (method === "create" ? PATH : `${PATH}/linkerd-failover`)) throw new Error(`not expected: ${method} ${path}`);
    if (method !== "create" && this.lease === null) return { ok: false, status: 404, reason: "NotFound", message: "no lease" };
    if (method === "get") return { ok: true, value: this.lease };
    const sent = body as StoredLease;
    const stale = method === "create" ? this.lease !== null : sent.metadata?.resourceVersion !== this.lease?.metadata?.resourceVersion;
    if (stale) return { ok: false, status: 409, reason: method === "create" ? "AlreadyExists" : "Conflict", message: "too late" };
    this.#version += 1;
    this.lease = structuredClone({ ...sent, metadata: { ...sent.metadata, resourceVersion: String(this.#version) } });
    this.writes.push({ holder: String(sent.spec?.["holderIdentity"]), atMs: performance.now() });
    return { ok: true, value: this.lease };
  }
}

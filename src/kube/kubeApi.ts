/**
 * kube/ — the client for the Kubernetes API.
 *
 * The only room that imports @kubernetes/client-node. It knows paths, bodies and answers, but no routes and no health.
 * Every request has a time limit; an error is a value.
 */

export type KubeResult<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & KubeFailure);

export interface KubeFailure {
  /** HTTP status; null: no readable answer (refused, reset, timed out, unreadable body). */
  readonly status: number | null;
  /** `Status.reason` of the API server (`Conflict`, `Expired`, …), or `Unreachable`, `NoCredentials`, `TimeLimit`, `Unreadable`, `TooLong`. */
  readonly reason: string;
  readonly message: string;
  /** The time after which the server asks to try again (`Retry-After`); absent: it says nothing of that. */
  readonly retryAfterMs?: number;
}

export interface ObjectMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly managedFields?: unknown;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
}

export interface KubeList {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubeObject[];
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}

/** Why a watch ended. `closed`: the server ended it; `silent`: no bytes within the limit, or the connection was found to be broken. */
export type WatchEnd = { readonly end: "closed" | "silent" | "aborted" } | { readonly end: "failed"; readonly failure: KubeFailure };

export type Query = Readonly<Record<string, string | number | boolean>>;

export type PatchType = "application/json-patch+json" | "application/merge-patch+json";

export interface RequestOptions {
  readonly query?: Query;
  readonly timeLimitMs?: number;
  readonly signal?: AbortSignal;
  /** The answer is a text and no JSON, such as `/metrics` of a pod behind its proxy. */
  readonly text?: boolean;
  /**
   * A request without an answer in time means that the connection is broken: the watches on it end too, since they would get
   * nothing for long. Default: only for reads, since an admission webhook may delay a write.
   */
  readonly lateMeansBroken?: boolean;
}

/** Paths begin with `/`: `/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits/web`. No method throws. */
export interface KubeApi {
  get<T = KubeObject>(path: string, options?: RequestOptions): Promise<KubeResult<T>>;
  create<T = KubeObject>(path: string, body: unknown, options?: RequestOptions): Promise<KubeResult<T>>;
  replace<T = KubeObject>(path: string, body: unknown, options?: RequestOptions): Promise<KubeResult<T>>;
  patch<T = KubeObject>(path: string, type: PatchType, body: unknown, options?: RequestOptions): Promise<KubeResult<T>>;
  remove(path: string, options?: RequestOptions): Promise<KubeResult<unknown>>;
  /** Resolves when the watch ends, with the reason. `onEvent` must not throw. */
  watch(
    path: string,
    query: Query,
    onEvent: (event: WatchEvent) => void,
    inactivityLimitMs: number,
    signal: AbortSignal,
  ): Promise<WatchEnd>;
}

import type { KubeApi, KubeFailure, KubeObject, RequestOptions } from "../kube/kubeApi.ts";
import { resourcePath } from "../kube/resourcePath.ts";

/** A lease that has not changed for this long may be taken by another candidate. */
const LEASE_DURATION_MS = 15_000;

/** A leader that could not renew for this long stops leading, well before another candidate may take over. */
const RENEW_DEADLINE_MS = 10_000;

/** Time between two reads of the lease. */
const RETRY_PERIOD_MS = 2_000;

/** Candidates wait up to this part more or less than the retry period, so that they do not all try at once. */
const RETRY_JITTER = 0.25;

/** A longer duration in the lease is ignored, so that a mistaken edit does not block all candidates. */
const LONGEST_LEASE_MS = 60_000;

/** Time limit for the release of the lease. */
const RELEASE_TIME_LIMIT_MS = 2_000;

/** The Lease that the leader holds, in the controller's namespace. */
export const LEASE_NAME = "linkerd-failover";

export interface LeadershipOptions {
  readonly kube: KubeApi;
  /** Namespace of the lease. */
  readonly namespace: string;
  /** Name of this process; no other process may have the same. */
  readonly identity: string;
  /** Called at every change with the new state. */
  readonly onChange: (leader: boolean) => void;
  /** Called after a failed attempt. That another replica leads is no failure. */
  readonly onFailure: (error: string) => void;
  readonly leaseDurationMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
  /** A monotonic clock; only its differences are used. */
  readonly nowMs?: () => number;
  /** The wall clock, for the times in the lease. */
  readonly wallMs?: () => number;
  readonly random?: () => number;
}

/** The lease after the stop: `released`, `notHeld` (it was not ours), or `kept` (it blocks other candidates until it expires). */
export type Release = { readonly lease: "released" | "notHeld" } | { readonly lease: "kept"; readonly why: string };

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

/**
 * Leader election by a Lease: at most one of several processes leads. Only the local clock is used: not the times in
 * the lease, but how long the lease has not changed. Election is not fencing; the resourceVersion in each write is.
 */
export class Leadership {
  readonly #options: Required<LeadershipOptions>;
  readonly #path: string;
  readonly #collection: string;
  /** When the request that last renewed the lease was sent; null while we do not hold it. */
  #renewedMs: number | null = null;
  /** The lease as we last wrote it. A renewal changes it without reading it first; its resourceVersion guards that. */
  #held: Lease | null = null;
  #observed: { readonly text: string; readonly atMs: number } | null = null;
  /** When the lease of another replica expires, unless it is renewed; null if no other replica holds it. */
  #freeMs: number | null = null;
  /** We have tried to take the lease, so we may hold it even if no answer came. */
  #asked = false;
  #told = false;
  #holder: string | null = null;
  readonly #stopping = new AbortController();
  #attempt: Promise<void> = Promise.resolve();
  #retryTimer: NodeJS.Timeout | null = null;
  #deadlineTimer: NodeJS.Timeout | null = null;

  constructor(options: LeadershipOptions) {
    this.#options = {
      leaseDurationMs: LEASE_DURATION_MS,
      renewDeadlineMs: RENEW_DEADLINE_MS,
      retryPeriodMs: RETRY_PERIOD_MS,
      nowMs: () => performance.now(),
      wallMs: () => Date.now(),
      random: () => Math.random(),
      ...options,
    };
    const place = { group: "coordination.k8s.io", version: "v1", plural: "leases", namespace: options.namespace };
    this.#collection = resourcePath(place);
    this.#path = resourcePath({ ...place, name: LEASE_NAME });
  }

  /** Whether this replica leads now. Does not depend on a pending request. */
  isLeader(): boolean {
    const { nowMs, renewDeadlineMs } = this.#options;
    return this.#renewedMs !== null && nowMs() - this.#renewedMs < renewDeadlineMs;
  }

  /** The identity that holds the lease, as last read or written; null: none, or not known yet. */
  get holder(): string | null {
    return this.#holder;
  }

  /** Starts to try for the lease. */
  start(): void {
    this.#attempt = this.#try();
  }

  /** Stops leading at once and releases the lease if it is ours. Resolves within a few seconds, even if the API server is down. */
  async stop(): Promise<Release> {
    this.#stopping.abort();
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#renewedMs = null;
    this.#tell();
    await this.#attempt;
    return this.#asked ? this.#release() : { lease: "notHeld" };
  }

  async #try(): Promise<void> {
    const failure = await this.#acquireOrRenew();
    if (this.#stopping.signal.aborted) return;
    if (failure !== null) this.#options.onFailure(`${failure.reason}: ${failure.message}`);
    this.#tell();
    this.#retryTimer = setTimeout(() => {
      this.#attempt = this.#try();
    }, this.#waitMs());
  }

  /** The failure of a request, or null. That another replica leads is no failure. */
  async #acquireOrRenew(): Promise<KubeFailure | null> {
    if (this.#held === null) return this.#readAndDecide();
    const failure = await this.#put(this.#held, this.#held.spec ?? {});
    const isOutdated = failure?.status === 409 || failure?.status === 404;
    return isOutdated ? this.#readAndDecide() : failure;
  }

  async #readAndDecide(): Promise<KubeFailure | null> {
    const { kube, identity, nowMs } = this.#options;
    this.#held = null;
    const found = await kube.get<Lease>(this.#path, this.#limits());
    if (!found.ok && found.status !== 404) return found;
    if (!found.ok) return this.#take(null, {});
    const spec = found.value.spec ?? {};
    this.#observe(spec);
    const isOurs = spec.holderIdentity === identity;
    if (!isOurs) this.#renewedMs = null;
    const isHeld = !isOurs && (spec.holderIdentity ?? "") !== "";
    this.#freeMs = isHeld ? this.#expiryMs(spec) : null;
    return this.#freeMs === null || nowMs() >= this.#freeMs ? this.#take(found.value, spec) : null;
  }

  /** That another replica was faster is no failure. */
  async #take(found: Lease | null, before: LeaseSpec): Promise<KubeFailure | null> {
    const failure = await this.#put(found, before);
    return failure?.status === 409 ? null : failure;
  }

  async #put(found: Lease | null, before: LeaseSpec): Promise<KubeFailure | null> {
    const { kube, nowMs } = this.#options;
    const sentMs = nowMs();
    this.#asked = true;
    const spec = this.#ourSpec(before, found !== null);
    const body = leaseBody(this.#options.namespace, found, spec);
    const result =
      found === null
        ? await kube.create<Lease>(this.#collection, body, this.#limits())
        : await kube.replace<Lease>(this.#path, body, this.#limits());
    if (!result.ok) return result;
    if (this.#stopping.signal.aborted) return null;
    this.#held = result.value;
    this.#observe(result.value.spec ?? spec);
    this.#freeMs = null;
    this.#renewedMs = sentMs;
    return null;
  }

  #ourSpec(before: LeaseSpec, existed: boolean): LeaseSpec {
    const { identity, leaseDurationMs, wallMs } = this.#options;
    const now = microTime(wallMs());
    const renews = before.holderIdentity === identity;
    const transitions = before.leaseTransitions ?? 0;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1_000),
      acquireTime: renews ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: renews || !existed ? transitions : transitions + 1,
    };
  }

  #observe(spec: LeaseSpec): void {
    this.#holder = spec.holderIdentity || null;
    const text = JSON.stringify(spec);
    if (text !== this.#observed?.text) this.#observed = { text, atMs: this.#options.nowMs() };
  }

  /** When the lease as last observed expires. */
  #expiryMs(spec: LeaseSpec): number {
    const toldMs = Math.min((spec.leaseDurationSeconds ?? 0) * 1_000, LONGEST_LEASE_MS);
    return (this.#observed?.atMs ?? 0) + Math.max(this.#options.leaseDurationMs, toldMs);
  }

  /** A leader renews after the retry period. A candidate waits with jitter, and not beyond the expiry of the lease. */
  #waitMs(): number {
    const { retryPeriodMs, random, nowMs } = this.#options;
    if (this.#renewedMs !== null) return retryPeriodMs;
    const waitMs = retryPeriodMs * (1 + RETRY_JITTER * (2 * random() - 1));
    const untilFreeMs = Math.ceil((this.#freeMs ?? 0) - nowMs());
    return untilFreeMs > 0 ? Math.min(waitMs, untilFreeMs) : waitMs;
  }

  /** Reports a change. A timer reports the end of leadership even while a request hangs. */
  #tell(): void {
    const { onChange, nowMs, renewDeadlineMs } = this.#options;
    const leader = this.isLeader();
    if (this.#deadlineTimer !== null) clearTimeout(this.#deadlineTimer);
    this.#deadlineTimer = null;
    if (leader && this.#renewedMs !== null) {
      const leftMs = Math.max(1, Math.ceil(this.#renewedMs + renewDeadlineMs - nowMs()));
      this.#deadlineTimer = setTimeout(() => this.#tell(), leftMs);
    }
    if (leader === this.#told) return;
    this.#told = leader;
    onChange(leader);
  }

  /** Empties the holder, so that the next candidate need not wait. A lease that is no longer ours stays unchanged. */
  async #release(): Promise<Release> {
    const { kube, identity, namespace, wallMs } = this.#options;
    const limits = { timeLimitMs: RELEASE_TIME_LIMIT_MS / 2 };
    const found = await kube.get<Lease>(this.#path, limits);
    if (!found.ok) return found.status === 404 ? { lease: "notHeld" } : keptBecause(found);
    if (found.value.spec?.holderIdentity !== identity) return { lease: "notHeld" };
    const now = microTime(wallMs());
    const spec: LeaseSpec = { ...found.value.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
    const released = await kube.replace(this.#path, leaseBody(namespace, found.value, spec), limits);
    return released.ok ? { lease: "released" } : keptBecause(released);
  }

  /**
   * Two requests must fit into the renew deadline. A leader only writes its lease, so a late answer to that write is the first
   * sign of a connection that was dropped silently, and on which it would watch in vain.
   */
  #limits(): RequestOptions {
    return { timeLimitMs: this.#options.renewDeadlineMs / 2, signal: this.#stopping.signal, lateMeansBroken: true };
  }
}

function keptBecause({ reason, message }: KubeFailure): Release {
  return { lease: "kept", why: `${reason}: ${message}` };
}

/** Keeps all metadata of the lease, because users may have labelled it; its resourceVersion guards the write. */
function leaseBody(namespace: string, found: Lease | null, spec: LeaseSpec): Lease {
  const metadata = found?.metadata ?? { name: LEASE_NAME, namespace };
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
}

/** Kubernetes writes these times with microseconds. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

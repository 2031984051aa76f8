import type { KubeApi, KubeFailure, KubeObject } from "../kube/kubeApi.ts";
import { resourcePath } from "../kube/resourcePath.ts";

/** After this long without a change a lease is free for others. */
const LEASE_DURATION_MS = 15_000;

/** A leader that could not renew for this long is none any more: well before others may take over. */
const RENEW_DEADLINE_MS = 10_000;

/** Time between two looks at the lease. */
const RETRY_PERIOD_MS = 2_000;

/** Candidates wait up to this part more or less than the retry period, so that they do not come all at once. */
const RETRY_JITTER = 0.25;

/** A duration found in the lease is believed up to here, so that a slip of the hand does not lock everyone out. */
const LONGEST_LEASE_MS = 60_000;

/** Giving the lease back may take this long. */
const RELEASE_TIME_LIMIT_MS = 2_000;

/** The Lease that the leader holds, in the controllers' own namespace. */
export const LEASE_NAME = "linkerd-failover";

export interface LeadershipOptions {
  readonly kube: KubeApi;
  /** Where the lease is. */
  readonly namespace: string;
  /** Who we are; no other process may be called the same. */
  readonly identity: string;
  /** Called at every change, with what is so from now on. */
  readonly onChange: (leader: boolean) => void;
  /** An attempt that failed for another reason than that someone else leads. */
  readonly onFailure: (error: string) => void;
  readonly leaseDurationMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
  /** A clock that nobody sets; only differences of it are used. */
  readonly nowMs?: () => number;
  /** The wall clock, for people who read the lease. */
  readonly wallMs?: () => number;
  readonly random?: () => number;
}

/** What became of the lease when we stopped: ours no more, never ours at the end, or still ours for others until it expires. */
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
 * At most one of several processes leads, by a Lease and by local clocks alone: times of other machines are never
 * compared with ours, only how long a lease has not changed. Election is no fencing; the resourceVersion of what is
 * written is.
 */
export class Leadership {
  readonly #options: Required<LeadershipOptions>;
  readonly #path: string;
  readonly #collection: string;
  /** When the request that last renewed the lease was sent; null while we do not hold it. */
  #renewedMs: number | null = null;
  #observed: { readonly text: string; readonly atMs: number } | null = null;
  /** When someone else's lease will be free, unless it is renewed; null where nobody else holds it. */
  #freeMs: number | null = null;
  /** We have asked for the lease, so we may hold it even where no answer came. */
  #asked = false;
  #told = false;
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

  /** Whether we lead at this very moment, whatever any request under way is doing. */
  isLeader(): boolean {
    const { nowMs, renewDeadlineMs } = this.#options;
    return this.#renewedMs !== null && nowMs() - this.#renewedMs < renewDeadlineMs;
  }

  /** Begins to stand for election. */
  start(): void {
    this.#attempt = this.#try();
  }

  /** Stops at once to lead, and gives the lease back if we hold it. Resolves within a few seconds, with or without the API. */
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

  /** Null, or why the API could not be asked. That someone else leads is no failure. */
  async #acquireOrRenew(): Promise<KubeFailure | null> {
    const { kube, identity, nowMs } = this.#options;
    const found = await kube.get<Lease>(this.#path, this.#limits());
    if (!found.ok && found.status !== 404) return found;
    if (!found.ok) return this.#put(null, {});
    const spec = found.value.spec ?? {};
    this.#observe(spec);
    const isOurs = spec.holderIdentity === identity;
    if (!isOurs) this.#renewedMs = null;
    const isHeld = !isOurs && (spec.holderIdentity ?? "") !== "";
    this.#freeMs = isHeld ? this.#expiryMs(spec) : null;
    return this.#freeMs === null || nowMs() >= this.#freeMs ? this.#put(found.value, spec) : null;
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
    if (!result.ok) return result.status === 409 ? null : result;
    if (this.#stopping.signal.aborted) return null;
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
    const text = JSON.stringify(spec);
    if (text !== this.#observed?.text) this.#observed = { text, atMs: this.#options.nowMs() };
  }

  /** When the lease as last observed is free for others. */
  #expiryMs(spec: LeaseSpec): number {
    const toldMs = Math.min((spec.leaseDurationSeconds ?? 0) * 1_000, LONGEST_LEASE_MS);
    return (this.#observed?.atMs ?? 0) + Math.max(this.#options.leaseDurationMs, toldMs);
  }

  /** A leader renews on time; a candidate looks a little sooner or later than others, and when the lease becomes free. */
  #waitMs(): number {
    const { retryPeriodMs, random, nowMs } = this.#options;
    if (this.#renewedMs !== null) return retryPeriodMs;
    const waitMs = retryPeriodMs * (1 + RETRY_JITTER * (2 * random() - 1));
    const untilFreeMs = Math.ceil((this.#freeMs ?? 0) - nowMs());
    return untilFreeMs > 0 ? Math.min(waitMs, untilFreeMs) : waitMs;
  }

  /** Tells of a change, and sees to it that the end of our time is told even while a request hangs. */
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

  /** An empty holder: the next candidate need not wait. A lease that is not ours any more is left alone. */
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

  /** Two requests must fit into the time until the deadline. */
  #limits(): { readonly timeLimitMs: number; readonly signal: AbortSignal } {
    return { timeLimitMs: this.#options.renewDeadlineMs / 2, signal: this.#stopping.signal };
  }
}

function keptBecause({ reason, message }: KubeFailure): Release {
  return { lease: "kept", why: `${reason}: ${message}` };
}

/** Others may have labelled the lease: all of its metadata stays, and its version guards the write. */
function leaseBody(namespace: string, found: Lease | null, spec: LeaseSpec): Lease {
  const metadata = found?.metadata ?? { name: LEASE_NAME, namespace };
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
}

/** Kubernetes spells these times to the microsecond. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

import type { Decision, Outcome } from "../evaluator/model/decision.ts";
import { type Route, routeKey } from "../routes/route.ts";
import type { Actuator } from "./actuator.ts";
import { KeyedPool } from "./keyedPool.ts";
import { Pace } from "./pace.ts";

/** A pause that the API server asks for is no longer than this, for its traffic fails meanwhile. */
const LONGEST_PAUSE_MS = 10_000;

/** A decision and the route that it was made for. */
export interface PlannedWrite {
  readonly route: Route;
  readonly decision: Decision;
}

export interface WritePoolOptions {
  readonly actuator: Actuator;
  /** Called right before each write: if this replica no longer leads, the decision is dropped. */
  readonly mayWrite: () => boolean;
  readonly onOutcome: (write: PlannedWrite, outcome: Outcome) => void;
  /** The API server has asked for a pause. The writes that it refused are sent again after it. */
  readonly onPause?: (why: string) => void;
  /** How many writes may be in flight; absent: it adapts to the API server. */
  readonly pace?: Pick<Pace, "limit" | "answered" | "overloaded">;
}

/**
 * Writes decisions concurrently, as many at once as the API server likes, but never two of one route. Those that prevent the most
 * harm are written first.
 */
export class WritePool {
  readonly #options: WritePoolOptions;
  readonly #pool: KeyedPool<PlannedWrite>;
  readonly #pace: NonNullable<WritePoolOptions["pace"]>;
  #inFlight = 0;
  /** By route: the resourceVersion that our last write replaced. */
  readonly #spent = new Map<string, string>();

  constructor(options: WritePoolOptions) {
    this.#options = options;
    this.#pace = options.pace ?? new Pace();
    this.#pool = new KeyedPool({ atATime: () => this.#pace.limit, run: (write, signal) => this.#write(write, signal) });
  }

  /** Decisions that wait for their turn. */
  get waiting(): number {
    return this.#pool.waiting;
  }

  /** Takes the decisions of one tick. Those of earlier ticks wait on, unless the routes in `evaluated` were decided anew, or not at all. */
  take(writes: readonly PlannedWrite[], evaluated: Iterable<string>): void {
    const keys = new Set(writes.map(({ route }) => routeKey(route)));
    for (const key of evaluated) {
      if (keys.has(key)) continue;
      this.#pool.drop(key);
      this.#spent.delete(key);
    }
    for (const write of writes) this.#pool.submit(routeKey(write.route), write, rankOf(write.decision));
  }

  /** Drops the waiting decisions, because this replica does not lead. */
  clear(): void {
    this.#pool.clear();
    this.#spent.clear();
  }

  /** Drops the waiting decisions. Running writes may finish within `withinMs`, then they are abandoned. */
  stop(withinMs: number): Promise<void> {
    return this.#pool.stop(withinMs);
  }

  async #write(write: PlannedWrite, signal: AbortSignal): Promise<void> {
    const { actuator, mayWrite, onOutcome } = this.#options;
    const key = routeKey(write.route);
    const version = write.route.resourceVersion;
    // This decision is older than the watch event of our own write, so it would only conflict.
    if (this.#spent.get(key) === version || !mayWrite()) return;
    const beganMs = performance.now();
    this.#inFlight += 1;
    const isFull = this.#inFlight >= this.#pace.limit;
    const outcome = await actuator.write(write.route, write.decision, signal);
    this.#inFlight -= 1;
    if (outcome.outcome === "failed" && outcome.retryAfterMs !== undefined) return this.#refused(write, outcome, beganMs);
    this.#pace.answered(beganMs, performance.now(), isFull);
    if (outcome.outcome === "written") this.#spent.set(key, version);
    onOutcome(write, outcome);
  }

  /** The server has too many requests. The write is not given up, unless there is a newer decision. */
  #refused(write: PlannedWrite, { error, retryAfterMs = 0 }: Extract<Outcome, { outcome: "failed" }>, beganMs: number): void {
    const key = routeKey(write.route);
    const pauseMs = Math.min(LONGEST_PAUSE_MS, retryAfterMs);
    this.#pace.overloaded(beganMs, performance.now());
    this.#pool.pause(pauseMs);
    this.#options.onPause?.(error);
    if (!this.#pool.isWaiting(key)) this.#pool.submit(key, write, rankOf(write.decision));
  }
}

/** Requests fail until a failover is written; a return can wait. What endpoints and gateways show is certain, so it comes first. */
function rankOf({ direction, cause }: Decision): number {
  switch (direction) {
    case "failover":
      return cause === "readiness" || cause === "gateway" ? 0 : 2;
    case "pin":
      return 1;
    case "restore":
    case "return":
      return 3;
  }
}

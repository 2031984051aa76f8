import type { Decision, Outcome } from "../evaluator/model/decision.ts";
import { type Route, routeKey } from "../routes/route.ts";
import type { Actuator } from "./actuator.ts";
import { KeyedPool } from "./keyedPool.ts";

/** Maximum number of concurrent writes, of all routes together. */
export const WRITES_AT_A_TIME = 16;

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
  readonly atATime?: number;
}

/** Writes decisions concurrently, but never two of one route at once. */
export class WritePool {
  readonly #options: WritePoolOptions;
  readonly #pool: KeyedPool<PlannedWrite>;
  /** By route: the resourceVersion that our last write replaced. */
  readonly #spent = new Map<string, string>();

  constructor(options: WritePoolOptions) {
    this.#options = options;
    this.#pool = new KeyedPool({ atATime: options.atATime ?? WRITES_AT_A_TIME, run: (write, signal) => this.#write(write, signal) });
  }

  /** Takes all decisions of one tick. They replace the waiting ones of earlier ticks; waiting ones of other routes are dropped. */
  take(writes: readonly PlannedWrite[]): void {
    const keys = new Set(writes.map(({ route }) => routeKey(route)));
    this.#pool.retain((key) => keys.has(key));
    for (const key of this.#spent.keys()) if (!keys.has(key)) this.#spent.delete(key);
    for (const write of writes) this.#pool.submit(routeKey(write.route), write);
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
    const outcome = await actuator.write(write.route, write.decision, signal);
    if (outcome.outcome === "written") this.#spent.set(key, version);
    onOutcome(write, outcome);
  }
}

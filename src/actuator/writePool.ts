import type { Decision, Outcome } from "../evaluator/model/decision.ts";
import { type Route, routeKey } from "../routes/route.ts";
import type { Actuator } from "./actuator.ts";
import { KeyedPool } from "./keyedPool.ts";

/** Writes under way at once, of all routes together. */
export const WRITES_AT_A_TIME = 16;

/** A decision and the route that it was made for. */
export interface PlannedWrite {
  readonly route: Route;
  readonly decision: Decision;
}

export interface WritePoolOptions {
  readonly actuator: Actuator;
  /** Asked at the moment of writing: a decision that waited too long for its leader is dropped. */
  readonly mayWrite: () => boolean;
  readonly onOutcome: (write: PlannedWrite, outcome: Outcome) => void;
  readonly atATime?: number;
}

/** Has decisions written side by side, never two of one route at once. */
export class WritePool {
  readonly #options: WritePoolOptions;
  readonly #pool: KeyedPool<PlannedWrite>;
  /** By route: the version that we wrote over. */
  readonly #spent = new Map<string, string>();

  constructor(options: WritePoolOptions) {
    this.#options = options;
    this.#pool = new KeyedPool({ atATime: options.atATime ?? WRITES_AT_A_TIME, run: (write, signal) => this.#write(write, signal) });
  }

  /** All decisions of one look. What an earlier look decided and has not begun is replaced, or dropped where this one does not decide it again. */
  take(writes: readonly PlannedWrite[]): void {
    const keys = new Set(writes.map(({ route }) => routeKey(route)));
    this.#pool.retain((key) => keys.has(key));
    for (const key of this.#spent.keys()) if (!keys.has(key)) this.#spent.delete(key);
    for (const write of writes) this.#pool.submit(routeKey(write.route), write);
  }

  /** Drops what waits; what is being written may finish within this time and is abandoned then. */
  stop(withinMs: number): Promise<void> {
    return this.#pool.stop(withinMs);
  }

  async #write(write: PlannedWrite, signal: AbortSignal): Promise<void> {
    const { actuator, mayWrite, onOutcome } = this.#options;
    const key = routeKey(write.route);
    const version = write.route.resourceVersion;
    // Decided before the watch told of our own write: it could only conflict.
    if (this.#spent.get(key) === version || !mayWrite()) return;
    const outcome = await actuator.write(write.route, write.decision, signal);
    if (outcome.outcome === "written") this.#spent.set(key, version);
    onOutcome(write, outcome);
  }
}

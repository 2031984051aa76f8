import type { Route } from "../../routes/route.ts";
import type { Brakes } from "../../rules/ruleSet.ts";
import type { BackendReport } from "../model/backendReport.ts";
import { isSoft } from "../model/isSoft.ts";

/** The routes that left their baseline because of metrics within `maxShifted.within`, and which others may leave now. */
export class Departures {
  readonly #atMs = new Map<string, number>();
  readonly #most: number;
  readonly #routes: readonly Route[];

  /** Only recent departures count. */
  constructor(before: ReadonlyMap<string, number>, routes: readonly Route[], { maxShifted }: Brakes, nowMs: number) {
    this.#most = Math.max(maxShifted.atLeast, Math.floor(maxShifted.share * routes.length));
    this.#routes = routes;
    for (const [key, atMs] of before) if (nowMs - atMs < maxShifted.withinMs) this.#atMs.set(key, atMs);
  }

  /** Notes a departure. Only the last one of a route counts. */
  note(key: string, atMs: number): void {
    this.#atMs.set(key, Math.max(this.#atMs.get(key) ?? atMs, atMs));
  }

  all(): ReadonlyMap<string, number> {
    return this.#atMs;
  }

  /**
   * Those of the routes that may leave now; their departures are noted. No namespace gets more than its own part while another
   * one waits for less than that; what is left goes to the namespaces that have used least. A route that has left already may
   * leave again.
   */
  grant(waiting: readonly Route[], nowMs: number): ReadonlySet<string> {
    const granted = new Set(waiting.map(({ key }) => key).filter((key) => this.#atMs.has(key)));
    const queues = Map.groupBy(
      waiting.filter(({ key }) => !granted.has(key)),
      ({ namespace }) => namespace,
    );
    const shares = this.#sharesOf(queues);
    while (this.#atMs.size < this.#most && shares.length > 0) {
      const share = shares.reduce((a, b) => ((Number(isOver(a)) - Number(isOver(b)) || a.used - b.used) > 0 ? b : a));
      const next = share.queue[share.begun];
      share.begun += 1;
      share.used += 1;
      if (share.begun >= share.queue.length) shares.splice(shares.indexOf(share), 1);
      if (next === undefined) continue;
      this.note(next.key, nowMs);
      granted.add(next.key);
    }
    return granted;
  }

  #sharesOf(queues: ReadonlyMap<string, readonly Route[]>): Share[] {
    if (queues.size === 0) return [];
    const counts = countBy(this.#routes.map(({ namespace }) => namespace));
    const used = countBy([...this.#atMs.keys()].map(namespaceOf));
    return [...queues].map(([namespace, queue]) => {
      const part = (this.#most * (counts.get(namespace) ?? 0)) / this.#routes.length;
      return { queue, begun: 0, used: used.get(namespace) ?? 0, part };
    });
  }
}

/** The routes of one namespace that wait. */
interface Share {
  readonly queue: readonly Route[];
  /** So many of these may leave. */
  begun: number;
  /** Its departures. */
  used: number;
  /** The part of all departures that it has if other namespaces wait, too. */
  readonly part: number;
}

function isOver({ used, part }: Share): boolean {
  return used + 1 > part;
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** The namespace in a `routeKey`. */
function namespaceOf(key: string): string {
  return key.split("/")[1] ?? "";
}

/** Whether a backend was removed because of metrics at this tick. A relapse does not count. */
export function leftByMetrics({ before, state }: BackendReport): boolean {
  if (state.phase !== "out" || !isSoft(state.cause)) return false;
  return before.phase === "serving" || before.phase === "suspect";
}

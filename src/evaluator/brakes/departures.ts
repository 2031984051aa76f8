import type { Route } from "../../routes/route.ts";
import type { Brakes } from "../../rules/ruleSet.ts";
import type { BackendReport } from "../model/backendReport.ts";
import { isSoft } from "../model/isSoft.ts";

/** The routes that left their baseline because of metrics within `maxShifted.within`, and which others may leave now. */
export class Departures {
  readonly #atMs = new Map<string, number>();
  readonly #most: number;
  /** By namespace: the part of `#most` that it has if others wait, too. */
  readonly #ownPart: ReadonlyMap<string, number>;

  /** Only recent departures count. */
  constructor(before: ReadonlyMap<string, number>, routes: readonly Route[], { maxShifted }: Brakes, nowMs: number) {
    this.#most = Math.max(maxShifted.atLeast, Math.floor(maxShifted.share * routes.length));
    const counts = new Map<string, number>();
    for (const { namespace } of routes) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
    this.#ownPart = new Map([...counts].map(([namespace, count]) => [namespace, (this.#most * count) / routes.length]));
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
    while (this.#atMs.size < this.#most && queues.size > 0) {
      const [namespace, queue] = this.#nextOf(queues);
      const next = queue.shift();
      if (queue.length === 0) queues.delete(namespace);
      if (next === undefined) continue;
      this.note(next.key, nowMs);
      granted.add(next.key);
    }
    return granted;
  }

  #nextOf(queues: ReadonlyMap<string, Route[]>): readonly [namespace: string, queue: Route[]] {
    const used = new Map<string, number>();
    for (const key of this.#atMs.keys()) used.set(namespaceOf(key), (used.get(namespaceOf(key)) ?? 0) + 1);
    const ranked = [...queues].map(([namespace, queue]) => {
      const its = used.get(namespace) ?? 0;
      const isOver = its + 1 > (this.#ownPart.get(namespace) ?? 0);
      return { namespace, queue, isOver, used: its };
    });
    const best = ranked.reduce((a, b) => ((Number(a.isOver) - Number(b.isOver) || a.used - b.used) > 0 ? b : a));
    return [best.namespace, best.queue];
  }
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

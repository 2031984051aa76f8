import type { Log } from "./announcer.ts";

/** Logs which namespaces have more managed routes than allowed, once when that begins and once when it ends. */
export class RouteLimitNews {
  readonly #log: Log;
  #told: ReadonlySet<string> = new Set();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Takes the number of routes above the limit, by namespace. */
  update(leftOut: ReadonlyMap<string, number>): void {
    for (const [namespace, count] of leftOut) {
      if (this.#told.has(namespace)) continue;
      const what = `the namespace ${namespace} has more managed routes than --max-routes-per-namespace allows`;
      this.#log.warn({ namespace }, `${what}: the newest are left alone, ${count} by now`);
    }
    for (const namespace of this.#told)
      if (!leftOut.has(namespace)) this.#log.info({ namespace }, `all managed routes of the namespace ${namespace} are evaluated again`);
    this.#told = new Set(leftOut.keys());
  }
}

import type { Log } from "./announcer.ts";

/** Tells in the log which namespaces have more managed routes than they may, once each time that begins or ends. */
export class RouteLimitNews {
  readonly #log: Log;
  #told: ReadonlySet<string> = new Set();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Looks at how many routes are left out, by namespace. */
  look(leftOut: ReadonlyMap<string, number>): void {
    for (const [namespace, count] of leftOut) {
      if (this.#told.has(namespace)) continue;
      const what = `the namespace ${namespace} has more managed routes than --max-routes-per-namespace allows`;
      this.#log.warn({ namespace }, `${what}: the newest are left alone, ${count} by now`);
    }
    for (const namespace of this.#told)
      if (!leftOut.has(namespace)) this.#log.info({ namespace }, `all managed routes of the namespace ${namespace} are looked after again`);
    this.#told = new Set(leftOut.keys());
  }
}

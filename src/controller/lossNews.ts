import type { Losses } from "../observer/findLosses.ts";
import type { Log } from "./announcer.ts";

/** Logs what the proxies' series lack, once when that begins and once when it ends. */
export class LossNews {
  readonly #log: Log;
  #told: ReadonlySet<string> = new Set();

  constructor(log: Log) {
    this.#log = log;
  }

  update({ losses, complete }: Losses): void {
    const now = new Set(losses.map(({ lost }) => lost));
    for (const { lost, without, hint } of losses) {
      if (!this.#told.has(lost)) this.#log.warn({ hint }, `${lost}: ${without}`);
    }
    // Without an answer, nothing is known to be back.
    if (complete) for (const lost of this.#told) if (!now.has(lost)) this.#log.info({}, `no longer so: ${lost}`);
    this.#told = complete ? now : new Set([...this.#told, ...now]);
  }
}

import { formatDuration } from "../rules/duration.ts";
import { roughDuration } from "../rules/roughDuration.ts";
import type { RuleSet } from "../rules/ruleSet.ts";
import { FEWEST_SCRAPES, type ShortWindow, shortWindows } from "../rules/shortWindows.ts";
import type { Log } from "./announcer.ts";

/** Warns about windows that are too short for the scrape interval of the proxies, once per window until the window changes. */
export class WindowNews {
  readonly #log: Log;
  #told: ReadonlySet<string> = new Set();

  constructor(log: Log) {
    this.#log = log;
  }

  update(rules: RuleSet, scrapeMs: number): void {
    const short = shortWindows(rules, scrapeMs);
    for (const window of short.filter((one) => !this.#told.has(keyOf(one)))) {
      const { rule, signal, windowMs } = window;
      const every = `proxies are scraped every ${roughDuration(scrapeMs)}`;
      const what = `the window of ${signal} is ${formatDuration(windowMs)}, but ${every}`;
      this.#log.warn({ rule, signal }, `${what}: with fewer than ${FEWEST_SCRAPES} scrapes in it, it counts too little or nothing`);
    }
    this.#told = new Set(short.map(keyOf));
  }
}

function keyOf({ rule, signal, windowMs }: ShortWindow): string {
  return JSON.stringify([rule, signal, windowMs]);
}

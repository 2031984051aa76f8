import { signalsNaming } from "../rules/askedAt.ts";
import type { PrometheusName } from "../rules/prometheusName.ts";
import type { RuleSet } from "../rules/ruleSet.ts";
import type { Log } from "./announcer.ts";

/** The setting of each Prometheus. */
const SETTINGS: Readonly<Record<PrometheusName, string>> = { fast: "--fast-prometheus-url", main: "--prometheus-url" };

/** What becomes of signals that name a Prometheus that is not there. */
export function answeredInstead(missing: PrometheusName): string {
  return `there is no ${SETTINGS[missing]}, so the Prometheus of ${SETTINGS[missing === "fast" ? "main" : "fast"]} answers it`;
}

/** Warns about signals that name a Prometheus that is not there, once per signal until it names it no more. */
export class MissingPrometheusNews {
  readonly #log: Log;
  readonly #missing: PrometheusName;
  #told: ReadonlySet<string> = new Set();

  constructor(log: Log, missing: PrometheusName) {
    this.#log = log;
    this.#missing = missing;
  }

  update(rules: RuleSet): void {
    const naming = signalsNaming(rules, this.#missing).map(({ rule, signal }) => ({ rule, signal, key: JSON.stringify([rule, signal]) }));
    for (const { rule, signal, key } of naming) {
      if (this.#told.has(key)) continue;
      this.#log.warn({ rule, signal }, `${signal} asks the ${this.#missing} Prometheus, but ${answeredInstead(this.#missing)}`);
    }
    this.#told = new Set(naming.map(({ key }) => key));
  }
}

import type { ObserverHealth } from "../observer/observer.ts";
import type { Log } from "./announcer.ts";

/** Tells in the log when Prometheus stops to answer and why, and when it answers again; once a change. */
export class PrometheusNews {
  readonly #log: Log;
  #away = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Looks at how the eyes are. */
  look({ prometheusUp, prometheusTrouble }: Pick<ObserverHealth, "prometheusUp" | "prometheusTrouble">): void {
    if (prometheusUp === null || prometheusUp === !this.#away) return;
    this.#away = !prometheusUp;
    if (this.#away) this.#log.warn({}, `Prometheus does not answer, so metrics move nothing: ${prometheusTrouble ?? "nobody knows why"}`);
    else this.#log.info({}, "Prometheus answers again");
  }
}

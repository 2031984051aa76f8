import type { Log } from "./announcer.ts";

/** Prometheus counts as back after this long without a failure: some queries of one tick may fail while others do not. */
const BACK_AFTER_MS = 30_000;
/** While Prometheus does not answer, a new reason is logged at most this often. */
const TELL_AGAIN_MS = 60_000;

/** Logs that Prometheus does not answer and why, and that it answers again. */
export class PrometheusNews {
  readonly #log: Log;
  readonly #nowMs: () => number;
  #trouble: { readonly why: string; readonly toldMs: number } | null = null;
  #failedMs = Number.NEGATIVE_INFINITY;

  constructor(log: Log, nowMs: () => number) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** Takes the result of a query; `why` is null if it was answered. */
  queried(why: string | null): void {
    const nowMs = this.#nowMs();
    if (why !== null) this.#failed(why, nowMs);
    else if (this.#trouble !== null && nowMs - this.#failedMs >= BACK_AFTER_MS) {
      this.#trouble = null;
      this.#log.info({}, "Prometheus answers again");
    }
  }

  #failed(why: string, nowMs: number): void {
    this.#failedMs = nowMs;
    const told = this.#trouble;
    if (told !== null && (told.why === why || nowMs - told.toldMs < TELL_AGAIN_MS)) return;
    this.#trouble = { why, toldMs: nowMs };
    this.#log.warn({}, `Prometheus does not answer, so metrics move nothing: ${why}`);
  }
}

import type { Log } from "./announcer.ts";

/** Without a failure for this long Prometheus counts as back: of the queries of one look some may fail and others not. */
const BACK_AFTER_MS = 30_000;
/** A trouble that lasts and changes its reason is told again this often at most. */
const TELL_AGAIN_MS = 60_000;

/** Tells in the log that Prometheus does not answer and why, and that it does again; nothing in between. */
export class PrometheusNews {
  readonly #log: Log;
  readonly #nowMs: () => number;
  #trouble: { readonly why: string; readonly toldMs: number } | null = null;
  #failedMs = Number.NEGATIVE_INFINITY;

  constructor(log: Log, nowMs: () => number) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** A query is over; `why` is null where it was answered. */
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

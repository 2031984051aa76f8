import type { PrometheusName } from "../rules/prometheusName.ts";
import type { Log } from "./announcer.ts";

/** A trouble counts as over after this long without it: some queries of one tick may have it while others do not. */
const OVER_AFTER_MS = 30_000;
/** While a trouble lasts, a new reason is logged at most this often. */
const TELL_AGAIN_MS = 60_000;

/** Logs that Prometheus does not answer, or not in full, and why; and that it does again. */
export class PrometheusNews {
  readonly #away: Spell;
  readonly #partial: Spell;

  /** `name`: which one of two; absent: there is one. */
  constructor(log: Log, nowMs: () => number, name?: PrometheusName) {
    const who = name === undefined ? "Prometheus" : `the ${name} Prometheus`;
    const away =
      name === undefined
        ? "Prometheus does not answer, so metrics move nothing: "
        : `${who} does not answer, so its metrics move nothing: `;
    this.#away = new Spell(log, nowMs, {
      begun: (why) => away + why,
      over: `${who} answers again`,
    });
    this.#partial = new Spell(log, nowMs, {
      begun: (why) => `${who} warns that its answers lack something, so what is missing moves nothing: ${why}`,
      over: `${who} answers in full again`,
    });
  }

  /** Takes the result of a query: `why` is null if it was answered, `partial` unless it was answered in part. */
  queried(why: string | null, partial: string | null): void {
    this.#away.seen(why);
    // What was not answered says nothing about this.
    if (why === null) this.#partial.seen(partial);
  }
}

interface SpellText {
  begun(why: string): string;
  readonly over: string;
}

/** A trouble that is told when it begins, when its reason changes, and when it is over. */
class Spell {
  readonly #log: Log;
  readonly #nowMs: () => number;
  readonly #text: SpellText;
  #trouble: { readonly why: string; readonly toldMs: number } | null = null;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(log: Log, nowMs: () => number, text: SpellText) {
    this.#log = log;
    this.#nowMs = nowMs;
    this.#text = text;
  }

  /** Takes whether one query had the trouble; null: not. */
  seen(why: string | null): void {
    const nowMs = this.#nowMs();
    if (why !== null) this.#had(why, nowMs);
    else if (this.#trouble !== null && nowMs - this.#lastMs >= OVER_AFTER_MS) {
      this.#trouble = null;
      this.#log.info({}, this.#text.over);
    }
  }

  #had(why: string, nowMs: number): void {
    this.#lastMs = nowMs;
    const told = this.#trouble;
    if (told !== null && (told.why === why || nowMs - told.toldMs < TELL_AGAIN_MS)) return;
    this.#trouble = { why, toldMs: nowMs };
    this.#log.warn({}, this.#text.begun(why));
  }
}

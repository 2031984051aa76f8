import { readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import type { Counts } from "../../../src/evaluator/model/observation.ts";

const SERIES = path.join(import.meta.dirname, "../../fixtures/series");
const SECOND_MS = 1_000;

/** What one client saw of one route in a second. */
export interface Second {
  /** The end of the second. */
  readonly t: number;
  readonly c: string;
  readonly n: string;
  readonly ok: number;
  /** Failures by kind. */
  readonly err: Readonly<Record<string, number>>;
  /** Answers, good or not, by the first letter of the pod: `p` of the primary, `s` of the standby, `-` of none. */
  readonly by: Readonly<Record<string, number>>;
}

/** What the clients saw of a route's backends in some time. Requests that no pod answered are the primary's: it alone ever failed. */
export interface Seen {
  readonly primary: Counts;
  readonly standby: Counts;
  /** Failures by kind. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** The client could not reach its own proxy, which so knows nothing of the request. */
const BEFORE_THE_PROXY = /^conn:/;

/** The recorded seconds, by name of the file. `lagMs`: how long after the time in its line a second ended. */
export function secondsOf(name: string, lagMs = 0): readonly Second[] {
  const lines = gunzipSync(readFileSync(path.join(SERIES, `${name}-clients.jsonl.gz`)))
    .toString("utf8")
    .trim()
    .split("\n");
  return lines.map((line) => {
    const second = JSON.parse(line) as Second;
    return { ...second, t: second.t + lagMs };
  });
}

/** A span of time, after its beginning and up to its end. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Adds up what the clients saw, each in its own span. A second that is not wholly inside counts by its part. */
export function seenIn(seconds: readonly Second[], route: string, spanOf: (client: string) => Span | undefined): Seen {
  const primary = { total: 0, failures: 0 };
  const standby = { total: 0, failures: 0 };
  const kinds: Record<string, number> = {};
  for (const { t, c, n, err, by } of seconds) {
    const span = n === route ? spanOf(c) : undefined;
    if (span === undefined) continue;
    const part = Math.max(0, Math.min(t, span.untilMs) - Math.max(t - SECOND_MS, span.fromMs)) / SECOND_MS;
    if (part === 0) continue;
    standby.total += part * (by.s ?? 0);
    primary.total += part * ((by.p ?? 0) + (by["-"] ?? 0));
    for (const [kind, count] of Object.entries(err)) {
      if (BEFORE_THE_PROXY.test(kind)) primary.total -= part * count;
      else {
        primary.failures += part * count;
        kinds[kind] = (kinds[kind] ?? 0) + part * count;
      }
    }
  }
  return { primary, standby, kinds };
}

import { setImmediate } from "node:timers/promises";
import type { Sample } from "../linkerd/counts.ts";
import { Refused } from "./answerBody.ts";
import { SeriesSplitter } from "./splitSeries.ts";

const MIB = 1024 * 1024;
/** About 30 000 leaf series with their labels are 13 MB. */
const ANSWER_LIMIT_MIB = 32;
/** These are 30 MB in memory. */
const SERIES_LIMIT = 100_000;
/** An answer that is longer needs a turn to be read on, so that few of them are in memory at once. */
export const LARGE_ANSWER_MIB = 2;

/**
 * So much is read before other work has its turn: some ten milliseconds. Without a pause, a turn of the event loop takes all that has
 * arrived, which is up to 2 MiB of a connection.
 */
const SLICE_BYTES = MIB / 2;

/** How an answer is read. */
export interface Reading {
  /** The moments of a query for two; null: it is for one. */
  readonly moments: Moments | null;
  /** Waits for the turn of a large answer. The result ends the turn; null: there was none. */
  readonly enterLarge: () => Promise<(() => void) | null>;
}

/** The two moments of a query for two. */
export interface Moments {
  readonly nowMs: number;
  readonly beforeMs: number;
}

/** A series of an answer, as far as it is one. */
interface Series {
  readonly metric?: Record<string, string>;
  /** Of one moment. */
  readonly value?: unknown;
  /** Of several moments. */
  readonly values?: unknown;
}

/** An answer whose series are apart. */
export interface AnswerRead {
  /** The rest of the answer, with an empty result: JSON, or the text if it is none. */
  readonly body: unknown;
  readonly samples: readonly Sample[];
  /** A series has no value: it is a native histogram, or not of an instant vector. */
  readonly lacksValues: boolean;
}

/** Reads an answer while it arrives. What is too long is not read to its end, nor what had no turn: the error is a Refused. */
export async function readAnswer(
  pieces: AsyncIterable<Uint8Array> | Iterable<string>,
  { moments, enterLarge }: Reading,
): Promise<AnswerRead> {
  const samples: Sample[] = [];
  const texts = new Map<string, string>();
  let lacksValues = false;
  const splitter = new SeriesSplitter((series) => {
    if (samples.length === SERIES_LIMIT) throw new Refused(`the answer has more than ${SERIES_LIMIT} series`);
    const { metric, value, values } = series as Series;
    const pairs = moments === null ? [value] : values;
    if (!isPairs(pairs)) lacksValues = true;
    else {
      const read = moments === null ? { value: numberOf(pairs[0]?.[1]) } : atMoments(pairs, moments);
      if (read !== null) samples.push({ labels: labelsOf(metric ?? {}, texts), ...read });
    }
  });
  const decoder = new TextDecoder();
  let length = 0;
  let pauseAt = SLICE_BYTES;
  let leave: (() => void) | null = null;
  try {
    for await (const piece of pieces) {
      length += piece.length;
      if (length > ANSWER_LIMIT_MIB * MIB) throw new Refused(`the answer is longer than ${ANSWER_LIMIT_MIB} MiB`);
      if (length > LARGE_ANSWER_MIB * MIB && leave === null) {
        leave = await enterLarge();
        if (leave === null) throw new Refused("a large answer had no turn to be read", "timeout");
      }
      splitter.add(typeof piece === "string" ? piece : decoder.decode(piece, { stream: true }));
      if (length < pauseAt) continue;
      pauseAt = length + SLICE_BYTES;
      await setImmediate();
    }
  } finally {
    leave?.();
  }
  return { body: parsed(splitter.end()), samples, lacksValues };
}

function isPairs(pairs: unknown): pairs is readonly (readonly unknown[])[] {
  return Array.isArray(pairs) && pairs.every(Array.isArray);
}

/**
 * The values of a series at two moments; null: it has none at the later one, so nothing is known of it. Values of another time are
 * refused: some servers round the times of a query.
 */
function atMoments(pairs: readonly (readonly unknown[])[], { nowMs, beforeMs }: Moments): Omit<Sample, "labels"> | null {
  let now: number | undefined;
  let before: number | undefined;
  for (const [seconds, value] of pairs) {
    const atMs = Math.round(Number(seconds) * 1_000);
    if (atMs === nowMs) now = numberOf(value);
    else if (atMs === beforeMs) before = numberOf(value);
    else throw new Refused("the answer is for other times than those of the query");
  }
  if (now === undefined) return null;
  return before === undefined ? { value: now } : { value: now, before };
}

/** Series share most of their labels' values: each text is kept once. */
function labelsOf(labels: Record<string, string>, texts: Map<string, string>): Record<string, string> {
  // A copy of 60 000 objects would take longer than to read them. No aggregation has this label.
  delete labels["__name__"];
  for (const name in labels) {
    const text = labels[name] ?? "";
    const known = texts.get(text);
    if (known === undefined) texts.set(text, text);
    else labels[name] = known;
  }
  return labels;
}

/** A sample's value, which Prometheus writes as text; infinity is `+Inf`. */
export function numberOf(value: unknown): number {
  return typeof value === "string" && value !== "" ? Number(value.replace("Inf", "Infinity")) : Number.NaN;
}

/** Text that is not JSON stays text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

import type { Sample } from "../linkerd/counts.ts";
import { Refused } from "./answerBody.ts";
import { SeriesSplitter } from "./splitSeries.ts";

/** About 30 000 leaf series with their labels are 13 MB. */
const ANSWER_LIMIT_MIB = 32;
/** These are 30 MB in memory. */
const SERIES_LIMIT = 100_000;

/** An answer whose series are apart. */
export interface AnswerRead {
  /** The rest of the answer, with an empty result: JSON, or the text if it is none. */
  readonly body: unknown;
  readonly samples: readonly Sample[];
  /** A series has no value: it is a native histogram, or not of an instant vector. */
  readonly lacksValues: boolean;
}

/** Reads an answer while it arrives. What is too long is not read to its end: the error is a Refused. */
export async function readAnswer(pieces: AsyncIterable<Uint8Array> | Iterable<string>): Promise<AnswerRead> {
  const samples: Sample[] = [];
  const texts = new Map<string, string>();
  let lacksValues = false;
  const splitter = new SeriesSplitter((series) => {
    if (samples.length === SERIES_LIMIT) throw new Refused(`the answer has more than ${SERIES_LIMIT} series`);
    const { metric, value } = series as { readonly metric?: Record<string, string>; readonly value?: readonly unknown[] };
    if (!Array.isArray(value)) lacksValues = true;
    else samples.push({ labels: labelsOf(metric ?? {}, texts), value: numberOf(value[1]) });
  });
  const decoder = new TextDecoder();
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > ANSWER_LIMIT_MIB * 1024 * 1024) throw new Refused(`the answer is longer than ${ANSWER_LIMIT_MIB} MiB`);
    splitter.add(typeof piece === "string" ? piece : decoder.decode(piece, { stream: true }));
  }
  return { body: parsed(splitter.end()), samples, lacksValues };
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

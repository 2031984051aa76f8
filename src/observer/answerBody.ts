import { STATUS_CODES } from "node:http";
import { serverWords } from "./serverWords.ts";

/** Prometheus before 3 puts remarks about a query among the warnings; they say nothing about the answer. */
const REMARK = /^PromQL info:/;

interface Body {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly errorType?: unknown;
  readonly warnings?: unknown;
  readonly isPartial?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown };
}

/** An answer that is not taken. Its text has all words of the server, uncut and with our secrets in them. */
export class Refused extends Error {
  readonly outcome: "error" | "timeout";

  constructor(text: string, outcome: "error" | "timeout" = "error") {
    super(text);
    this.outcome = outcome;
  }
}

/** Throws a Refused for whatever cannot be used. `given`: an answer without its series; `lacksValues`: some of these have no value. */
export function checkAnswer(status: number, given: unknown, lacksValues: boolean, wanted: "vector" | "matrix"): void {
  const body = (typeof given === "object" && given !== null ? given : {}) as Body;
  // A proxy may have replaced the error status with 200.
  const refused = status < 200 || status >= 300;
  if (refused || body.status === "error") throw refusal(status, refused, given, body);
  if (body.status === undefined) throw new Refused(notPrometheus(status, serverWords(given)));
  if (body.data?.resultType === wanted || typeof body.data?.resultType !== "string") checkSeries(body, status, lacksValues);
}

/** The server's words if it says that the answer lacks something; null: it is whole. */
export function partialWords(given: unknown): string | null {
  const { warnings, isPartial } = (given ?? {}) as Body;
  const texts = (Array.isArray(warnings) ? warnings : []).map(String).filter((text) => !REMARK.test(text));
  const [first, ...others] = texts;
  if (first !== undefined) return others.length === 0 ? first : `${first} (and ${others.length} more)`;
  // A cluster of VictoriaMetrics.
  return isPartial === true ? "isPartial" : null;
}

function refusal(status: number, refused: boolean, given: unknown, { error, errorType }: Body): Refused {
  const words = typeof error === "string" && error !== "" ? error : serverWords(given);
  if (errorType === "timeout") return new Refused(words, "timeout");
  if (!refused) return new Refused(words === "" ? "an error without a message" : words);
  return new Refused(`HTTP ${status}: ${words === "" ? (STATUS_CODES[status] ?? "no message") : words}`);
}

function notPrometheus(status: number, words: string): string {
  return `HTTP ${status}: the answer is not Prometheus's JSON${words === "" ? "" : `: ${words}`}`;
}

/** The series have been taken out, so what is left of a vector's result is none. */
function checkSeries({ data }: Body, status: number, lacksValues: boolean): void {
  if (data?.resultType !== "vector" && data?.resultType !== "matrix") return;
  if (lacksValues) throw new Refused("the answer has native histograms, not numbers");
  if (!Array.isArray(data.result)) throw new Refused(notPrometheus(status, "the result is no list"));
  if (data.result.length > 0) throw new Refused(notPrometheus(status, "a series is no object"));
}

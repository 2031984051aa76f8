import type { Packed } from "./packed.ts";

/** An HTTP answer, ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer | Packed;
  /** The same as a body that is not packed, compressed by gzip, for those who accept that. */
  readonly gzipped?: Buffer | null;
}

/** An answer whose text is short. */
export interface ShortAnswer extends Answer {
  readonly body: string;
}

/** An answer with JSON data, but for its body. */
export const JSON_ANSWER = { status: 200, contentType: "application/json; charset=utf-8" } as const;

/** An answer with JSON data. */
export function json(value: unknown): ShortAnswer {
  return { ...JSON_ANSWER, body: `${JSON.stringify(value)}\n` };
}

/** An error answer; all errors have this form. */
export function refusal(status: number, error: string): ShortAnswer {
  return { ...json({ error }), status };
}

/** The allowed methods. */
export const ALLOW = "GET, HEAD";
export const METHOD_REFUSAL = refusal(405, "only GET and HEAD are allowed");

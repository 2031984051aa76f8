/** An HTTP answer, ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  /** The same, compressed by gzip, for those who accept that. */
  readonly gzipped?: Buffer | null;
}

/** An answer whose body is text. */
export type TextAnswer = Answer & { readonly body: string };

/** An answer with JSON data. */
export function json(value: unknown): TextAnswer {
  return { status: 200, contentType: JSON_TYPE, body: `${JSON.stringify(value)}\n` };
}

export const JSON_TYPE = "application/json; charset=utf-8";

/** An error answer; all errors have this form. */
export function refusal(status: number, error: string): TextAnswer {
  return { ...json({ error }), status };
}

/** The allowed methods. */
export const ALLOW = "GET, HEAD";
export const METHOD_REFUSAL = refusal(405, "only GET and HEAD are allowed");

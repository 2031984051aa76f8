/** An HTTP answer, ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** An answer with JSON data. */
export function json(value: unknown): Answer {
  return { status: 200, contentType: "application/json; charset=utf-8", body: `${JSON.stringify(value)}\n` };
}

/** An error answer; all errors have this form. */
export function refusal(status: number, error: string): Answer {
  return { ...json({ error }), status };
}

/** The allowed methods. */
export const ALLOW = "GET, HEAD";
export const METHOD_REFUSAL = refusal(405, "only GET and HEAD are allowed");

/** An HTTP answer, ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Data. */
export function json(value: unknown): Answer {
  return { status: 200, contentType: "application/json; charset=utf-8", body: `${JSON.stringify(value)}\n` };
}

/** Every error has the same form. */
export function refusal(status: number, error: string): Answer {
  return { ...json({ error }), status };
}

/** What any other method than these is told. */
export const ALLOW = "GET, HEAD";
export const METHOD_REFUSAL = refusal(405, "only GET and HEAD: nothing can be changed here");

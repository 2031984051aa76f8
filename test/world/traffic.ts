/** Requests that come all at once, again and again. Between the batches there are none. */
export interface Batches {
  readonly everyMs: number;
  readonly lastMs: number;
}

/** The clients of a route. */
export interface Traffic {
  /** Requests per second, while there are any. */
  readonly rate: number;
  /** Null: there are always some. */
  readonly batches: Batches | null;
}

/** Requests per second at a time. */
export function rateAt({ rate, batches }: Traffic, nowMs: number): number {
  return batches === null || nowMs % batches.everyMs < batches.lastMs ? rate : 0;
}

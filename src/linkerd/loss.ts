import type { Sample } from "./counts.ts";

/** Something of the proxies' series that Prometheus does not keep, or keeps twice. */
export interface Loss {
  /** What is lost, with the name of the label, bucket or family. The same loss has the same text. */
  readonly lost: string;
  /** What does not work without it, and what still does. */
  readonly without: string;
  readonly hint: string;
}

/** A query, and how its answer is read. */
export interface LossQuestion {
  readonly promql: string;
  readonly read: (samples: readonly Sample[]) => readonly Loss[];
}

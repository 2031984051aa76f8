import type { Route } from "../routes/route.ts";

/** What the rules want to know of Prometheus. */
export interface Questions {
  /** Windows, in milliseconds, of the requests by leaf and by route. */
  readonly requests: readonly number[];
  readonly latency: readonly LatencyQuestion[];
  /** Windows, in milliseconds, of the requests begun and not answered. */
  readonly unanswered: readonly number[];
  /** Whether the gateways of linked clusters matter. */
  readonly gateway: boolean;
  /** The operator's own queries about each backend of this route. */
  queries(route: Route): readonly QueryTemplate[];
}

export interface LatencyQuestion {
  readonly underMs: number;
  readonly windowMs: number;
}

export interface QueryTemplate {
  readonly name: string;
  /** PromQL with the placeholders of `renderQuery`. */
  readonly query: string;
}

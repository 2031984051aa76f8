/** What a share of good requests is held against. */
export interface ShareThresholds {
  readonly failBelow: number;
  readonly recoverAbove: number;
  readonly windowMs: number;
  readonly minRequests: number;
  /** For latency: what is fast enough. */
  readonly underMs?: number;
}

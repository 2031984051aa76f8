/** The thresholds for a share of good requests. */
export interface ShareThresholds {
  readonly failBelow: number;
  readonly recoverAbove: number;
  readonly windowMs: number;
  readonly minRequests: number;
  /** For latency: the bound in milliseconds. */
  readonly underMs?: number;
}

import type { Rule } from "./ruleSet.ts";

/** For how many milliseconds a signal must be unfit before its backend is removed: by its name, `query NAME` for an own query. */
export function failAfterOf({ signals, failAfterMs }: Rule, signal: string): number {
  switch (signal) {
    case "readiness":
      return signals.readiness?.failAfterMs ?? 0;
    case "gateway":
      return signals.gateway?.failAfterMs ?? 0;
    case "successRate":
      return signals.successRate?.failAfterMs ?? failAfterMs;
    case "latency":
      return signals.latency?.failAfterMs ?? failAfterMs;
    case "unanswered":
      return signals.unanswered?.failAfterMs ?? failAfterMs;
    default:
      return signals.queries?.find(({ name }) => signal === `query ${name}`)?.failAfterMs ?? failAfterMs;
  }
}

/**
 * demo/ — shows the controller at work.
 *
 * A real controller process and a real Prometheus, with a Kubernetes API in this process and a small mesh that sends real
 * requests. It must never use internals of the controller: it reads its admin API only.
 */

export const NAMESPACE = "shop";
export const CONTROLLER_NAMESPACE = "linkerd-failover";
/** The route that the controller manages, and its backends. */
export const MANAGED = { route: "web", primary: "web", standby: "web-east" } as const;
/** An unmanaged route to the same pods. It has its own Services, so that it has its own series. */
export const CONTROL = { route: "control", primary: "control", standby: "control-east" } as const;

export const PODS_A_BACKEND = 2;
/** For each of the two clients. */
export const REQUESTS_A_SECOND = 50;
/** The share of its requests that the primary fails. */
export const FAULT_SHARE = 0.5;
export const SCRAPE_INTERVAL_MS = 2_000;
export const CONTROLLER_INTERVAL_MS = 1_000;

/** How long each part is shown before the next one begins. */
export const STEADY_MS = 8_000;
export const FAULT_STAYS_MS = 8_000;
export const EPILOGUE_MS = 4_000;

/** The settings of the rules file; faster than in production, so that the demo takes two minutes. */
export const RULE = {
  failBelow: 0.9,
  recoverAbove: 0.98,
  windowMs: 10_000,
  minRequests: 10,
  failAfterMs: 4_000,
  recoverAfterMs: 6_000,
  steps: [0.05, 0.25, 0.5],
  everyMs: 6_000,
} as const;

/** The rules file of the demo. */
export function rulesYaml(): string {
  const { failBelow, recoverAbove, windowMs, minRequests, failAfterMs, recoverAfterMs, steps, everyMs } = RULE;
  const successRate = `{failBelow: ${percent(failBelow)}, recoverAbove: ${percent(recoverAbove)}, window: ${duration(windowMs)}, minRequests: ${minRequests}}`;
  return [
    "version: 1",
    "rules:",
    "  - name: demo",
    "    signals:",
    "      readiness: {minReady: 1}",
    `      successRate: ${successRate}`,
    `    failAfter: ${duration(failAfterMs)}`,
    `    recoverAfter: ${duration(recoverAfterMs)}`,
    `    return: {steps: [${steps.map(percent).join(", ")}], every: ${duration(everyMs)}}`,
    "",
  ].join("\n");
}

/** A summary of the rules in two lines. */
export function rulesInShort(): readonly [string, string] {
  const { failBelow, windowMs, failAfterMs, recoverAfterMs, steps, everyMs } = RULE;
  return [
    `failover below ${percent(failBelow)} success in ${duration(windowMs)} (95% confidence) for ${duration(failAfterMs)}`,
    `return after ${duration(recoverAfterMs)} of being good, by ${steps.map(percent).join(", ")}, 100% every ${duration(everyMs)}`,
  ];
}

/** The weights of a full return, primary and standby. */
export function returnWeights(): readonly (readonly [number, number])[] {
  return [...RULE.steps, 1].map((share) => [Math.round(share * 100), 100 - Math.round(share * 100)]);
}

function duration(ms: number): string {
  return `${ms / 1_000}s`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/**
 * demo/ — the controller at work, to look at.
 *
 * The real controller process and a real Prometheus; around them a Kubernetes API in this process and a small mesh that
 * really sends requests. Nothing here may reach into the controller: it is watched through its admin API only.
 */

export const NAMESPACE = "shop";
export const CONTROLLER_NAMESPACE = "linkerd-failover";
/** The route that the controller manages, and its backends. */
export const MANAGED = { route: "web", primary: "web", standby: "web-east" } as const;
/** The same pods behind other Services, so that their series stay apart; nobody manages this route. */
export const CONTROL = { route: "control", primary: "control", standby: "control-east" } as const;

export const PODS_A_BACKEND = 2;
/** Of each of the two clients. */
export const REQUESTS_A_SECOND = 50;
/** The share of its requests that the primary fails. */
export const FAULT_SHARE = 0.5;
export const SCRAPE_INTERVAL_MS = 2_000;
export const CONTROLLER_INTERVAL_MS = 1_000;

/** How long each part of the story is shown before the next one begins. */
export const STEADY_MS = 8_000;
export const FAULT_STAYS_MS = 8_000;
export const EPILOGUE_MS = 4_000;

/** What the rules file says; quicker than anyone would want it in production, so that the story fits into two minutes. */
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

/** The rules in two lines for the viewer. */
export function rulesInShort(): readonly [string, string] {
  const { failBelow, windowMs, failAfterMs, recoverAfterMs, steps, everyMs } = RULE;
  return [
    `out when surely below ${percent(failBelow)} good in ${duration(windowMs)}, for ${duration(failAfterMs)}`,
    `back when good for ${duration(recoverAfterMs)}, by ${steps.map(percent).join(", ")}, 100%, a step every ${duration(everyMs)}`,
  ];
}

/** The weights that a full return goes through, primary and standby. */
export function returnWeights(): readonly (readonly [number, number])[] {
  return [...RULE.steps, 1].map((share) => [Math.round(share * 100), 100 - Math.round(share * 100)]);
}

function duration(ms: number): string {
  return `${ms / 1_000}s`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

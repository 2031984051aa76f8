import type { Route } from "../routes/route.ts";
import { ruleFor } from "./ruleFor.ts";
import type { RuleSet } from "./ruleSet.ts";

/** What the rules want to know of Prometheus, each thing once, the shortest windows first. */
export interface Questions {
  /** The windows, in milliseconds, over which answered requests are counted. */
  readonly requests: readonly number[];
  readonly latency: readonly LatencyQuestion[];
  /** The windows over which unanswered requests are counted. */
  readonly unanswered: readonly number[];
  /** Whether the gateways of linked clusters matter. */
  readonly gateway: boolean;
  /** The operator's own queries about each backend of this route. */
  readonly queries: (route: Route) => readonly QueryTemplate[];
}

export interface LatencyQuestion {
  readonly underMs: number;
  readonly windowMs: number;
}

export interface QueryTemplate {
  readonly name: string;
  /** PromQL with placeholders for the backend. */
  readonly query: string;
}

/** What must be asked so that every rule can be judged. */
export function questionsOf(rules: RuleSet): Questions {
  const wanted = rules.rules.map(({ signals }) => signals);
  const latency = wanted.flatMap((signals) => signals.latency ?? []);
  return {
    requests: ascending(wanted.flatMap(({ successRate }) => successRate?.windowMs ?? [])),
    latency: ascending(latency.map(({ windowMs }) => windowMs)).flatMap((windowMs) =>
      ascending(latency.filter((signal) => signal.windowMs === windowMs).map(({ underMs }) => underMs)).map((underMs) => ({
        underMs,
        windowMs,
      })),
    ),
    unanswered: ascending(wanted.flatMap(({ unanswered }) => unanswered?.windowMs ?? [])),
    gateway: wanted.some(({ gateway }) => gateway !== undefined),
    queries: (route) => {
      const found = ruleFor(rules, route);
      return "problem" in found ? [] : (found.signals.queries ?? []);
    },
  };
}

/** Each number once, the smallest first. */
function ascending(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

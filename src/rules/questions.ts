import type { Route } from "../routes/route.ts";
import { ruleFor } from "./ruleFor.ts";
import type { RuleSet } from "./ruleSet.ts";

/** What the rules need from Prometheus, without duplicates, the shortest windows first. */
export interface Questions {
  /** The windows in which answered requests are counted, in milliseconds. */
  readonly requests: readonly number[];
  readonly latency: readonly LatencyQuestion[];
  /** The windows in which unanswered requests are counted, in milliseconds. */
  readonly unanswered: readonly number[];
  /** Whether any rule uses the gateways of linked clusters. */
  readonly gateway: boolean;
  /** The operator's queries for each backend of this route. */
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

/** Collects what all rules together need from Prometheus. */
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

/** The numbers without duplicates, the smallest first. */
function ascending(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

import type { Counts, Metrics, RequestCounts } from "../../src/evaluator/model/observation.ts";
import type { RouteFacts } from "../../src/evaluator/model/routeFacts.ts";
import { standingsOf } from "../../src/evaluator/model/standings.ts";
import { survey } from "../../src/evaluator/model/survey.ts";
import type { WeightsSince } from "../../src/evaluator/model/weightHistory.ts";
import type { Route } from "../../src/routes/route.ts";
import type { Rule } from "../../src/rules/ruleSet.ts";

type Pair = readonly [total: number, failures: number];

export function counts(total: number, failures = 0): Counts {
  return { total, failures };
}

/** Counts by Service of the namespace shop. */
export function byService(pairs: Readonly<Record<string, Pair>>): ReadonlyMap<string, Counts> {
  return new Map(Object.entries(pairs).map(([name, pair]) => [`shop/${name}`, counts(...pair)]));
}

/** An answer of Prometheus with these parts. */
export function answerWith(parts: Partial<RequestCounts>): RequestCounts {
  return { leaves: new Map(), apexes: new Map(), routes: new Map(), ...parts };
}

/** Answers to no question, beside these. */
export function metricsWith(parts: Partial<Metrics>): Metrics {
  const gateways = { state: "answered", value: new Map() } as const;
  return { requests: new Map(), latency: new Map(), unanswered: new Map(), gateways, queries: new Map(), ...parts };
}

/** A route at its first tick, or with this history of its weights. */
export function factsOf(route: Route, rule: Rule, history?: readonly WeightsSince[]): RouteFacts {
  const surveyed = survey(null, route, null);
  return {
    surveyed,
    rule,
    standings: standingsOf(undefined, surveyed, null, { rule, nowMs: 0, wallMs: 0 }),
    history: history ?? [{ atMs: 0, shares: surveyed.shares }],
    firstSeenMs: 0,
    toleranceMs: 500,
    clusters: new Map(),
  };
}

import { type PrometheusName, usualPrometheus } from "./prometheusName.ts";
import type { Rule, RuleSet } from "./ruleSet.ts";

/** A signal of a rule that names a Prometheus. */
export interface NamingSignal {
  readonly rule: string;
  /** A query of one's own is `query NAME`. */
  readonly signal: string;
}

const COUNTED = ["successRate", "latency", "unanswered"] as const;

/** The rules with only those metric signals that one of two Prometheus answers. */
export function askedAt({ rules, brakes }: RuleSet, name: PrometheusName): RuleSet {
  return { rules: rules.map((rule) => ({ ...rule, signals: signalsAt(rule, name) })), brakes };
}

/** The signals that name this Prometheus. */
export function signalsNaming({ rules }: RuleSet, name: PrometheusName): readonly NamingSignal[] {
  return rules.flatMap(({ name: rule, signals }) => [
    ...COUNTED.filter((signal) => signals[signal]?.prometheus === name).map((signal) => ({ rule, signal })),
    ...(signals.queries ?? []).filter(({ prometheus }) => prometheus === name).map((query) => ({ rule, signal: `query ${query.name}` })),
  ]);
}

function signalsAt({ signals }: Rule, name: PrometheusName): Rule["signals"] {
  const { readiness, successRate, latency, unanswered, gateway, queries } = signals;
  const isAsked = (signal: string, prometheus: PrometheusName = usualPrometheus(signal)): boolean => prometheus === name;
  const own = queries?.filter((query) => isAsked(`query ${query.name}`, query.prometheus));
  return {
    ...(readiness && { readiness }),
    ...(successRate && isAsked("successRate", successRate.prometheus) && { successRate }),
    ...(latency && isAsked("latency", latency.prometheus) && { latency }),
    ...(unanswered && isAsked("unanswered", unanswered.prometheus) && { unanswered }),
    ...(gateway && isAsked("gateway") && { gateway }),
    ...(own && own.length > 0 && { queries: own }),
  };
}

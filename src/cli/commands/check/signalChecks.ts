import type { Gateway } from "../../../evaluator/model/observation.ts";
import { formatDuration } from "../../../rules/duration.ts";
import { metricNames } from "../../../rules/metricNames.ts";
import { roughDuration } from "../../../rules/roughDuration.ts";
import type { RuleSet } from "../../../rules/ruleSet.ts";
import { FEWEST_SCRAPES, shortWindows } from "../../../rules/shortWindows.ts";
import { atMost, type Check, failure, fine, warning } from "./checkReport.ts";
import type { PrometheusFacts } from "./readPrometheus.ts";

/** A query of the rules, and the metrics that it reads. */
interface OwnQuery {
  readonly rule: string;
  readonly name: string;
  readonly metrics: readonly string[];
}

/** Whether Prometheus has what each signal of the rules needs. `clusters`: those from which backends are mirrored. */
export function signalChecks(facts: PrometheusFacts, rules: RuleSet, clusters: readonly string[]): readonly Check[] {
  return [...windowChecks(facts, rules), ...gatewayChecks(facts, rules, clusters), ...queryChecks(facts, rules)];
}

/** The metrics that the queries of the rules read. */
export function metricsWanted(rules: RuleSet): readonly string[] {
  return [...new Set(ownQueries(rules).flatMap(({ metrics }) => metrics))];
}

/** Whether a rule has the gateway signal. */
export function wantsGateways({ rules }: RuleSet): boolean {
  return rules.some(({ signals }) => signals.gateway !== undefined);
}

function windowChecks({ scrapeMs }: PrometheusFacts, rules: RuleSet): readonly Check[] {
  if (scrapeMs === null) return [fine("the scrape interval of the proxies is not known yet, so the windows were not checked")];
  const enough = formatDuration(Math.ceil((FEWEST_SCRAPES * scrapeMs) / 1_000) * 1_000);
  const short = shortWindows(rules, scrapeMs).map(({ rule, signal, windowMs }) =>
    warning(`the window of ${signal} in rule ${JSON.stringify(rule)} holds three scrapes`, {
      error: `${formatDuration(windowMs)} is too short for a scrape every ${roughDuration(scrapeMs)}: its counts are too low, or zero`,
      hint: `scrape more often, or set the window to ${enough} or longer`,
    }),
  );
  const every = `proxies are scraped every ${roughDuration(scrapeMs)}`;
  return short.length === 0 ? [fine(`${every}: often enough for the windows of all rules`)] : [fine(every), ...short];
}

function gatewayChecks({ gateways }: PrometheusFacts, rules: RuleSet, clusters: readonly string[]): readonly Check[] {
  if (!wantsGateways(rules) || clusters.length === 0) return [];
  if (!gateways.ok) return [warning("the gateways of linked clusters have series", { error: `this query failed: ${gateways.why}` })];
  return clusters.map((cluster) => {
    const gateway = gateways.value.get(cluster);
    if (gateway !== undefined) return fine(`the gateway of cluster ${cluster} has series: ${stateOf(gateway)}`);
    return warning(`the gateway of cluster ${cluster} has series`, {
      error: "it has no series of gateway_alive and gateway_enabled: the gateway signal has no readings",
      hint: "linkerd-viz of Linkerd 2.19 does not scrape the service mirrors: use another Prometheus that does, and admit it",
    });
  });
}

function stateOf({ alive, enabled }: Gateway): string {
  if (!enabled) return "not probed";
  return alive ? "alive" : "dead";
}

function queryChecks({ series }: PrometheusFacts, rules: RuleSet): readonly Check[] {
  const queries = ownQueries(rules);
  if (queries.length === 0) return [];
  if (!series.ok) return [failure("the metrics of the rules' own queries exist", { error: `this query failed: ${series.why}` })];
  const unknown = queries.flatMap(({ rule, name, metrics }) =>
    metrics
      .filter((metric) => !series.value.has(metric))
      .map((metric) =>
        warning(`the metrics of query ${JSON.stringify(name)} in rule ${JSON.stringify(rule)} exist`, {
          error: `Prometheus has no series of ${metric}: the query has no result`,
          hint: "check the spelling of the name, and whether its source is scraped",
        }),
      ),
  );
  return unknown.length === 0 ? [fine("the metrics of the rules' own queries exist")] : atMost(unknown);
}

function ownQueries({ rules }: RuleSet): readonly OwnQuery[] {
  return rules.flatMap(({ name: rule, signals }) =>
    (signals.queries ?? []).map(({ name, query }) => ({ rule, name, metrics: metricNames(query) })),
  );
}

import type { Log } from "../../controller/announcer.ts";
import type { PrometheusClient } from "../../observer/prometheus.ts";
import type { Route } from "../../routes/route.ts";
import { askedAt } from "../../rules/askedAt.ts";
import type { PrometheusName } from "../../rules/prometheusName.ts";
import type { LiveRules } from "./liveRules.ts";
import { watchLosses } from "./watchLosses.ts";
import { watchMissing } from "./watchMissing.ts";
import { watchScrapes } from "./watchScrapes.ts";

/** The Prometheus that are configured. */
export interface Configured {
  readonly fast: PrometheusClient | null;
  readonly main: PrometheusClient | null;
}

/** Logs what each Prometheus lacks of what the rules ask it, until the signal aborts. No tick waits for this. */
export function watchPrometheus(
  { fast, main }: Configured,
  rules: LiveRules,
  routes: () => readonly Route[],
  log: Log,
  signal: AbortSignal,
): void {
  const watch = (client: PrometheusClient, own: Pick<LiveRules, "current">, to: Log): void => {
    watchScrapes(client, own, to, signal);
    watchLosses(client, own, routes, to, signal);
  };
  const one = fast ?? main;
  if (one === null) return;
  if (fast === null || main === null) {
    watchMissing(fast === null ? "fast" : "main", rules, log, signal);
    return watch(one, rules, log);
  }
  watch(fast, { current: () => askedAt(rules.current(), "fast") }, naming(log, "fast"));
  watch(main, { current: () => askedAt(rules.current(), "main") }, naming(log, "main"));
}

/** The same log, with the name of the Prometheus in each line. */
function naming(log: Log, prometheus: PrometheusName): Log {
  return {
    debug: (fields, text) => log.debug({ ...fields, prometheus }, text),
    info: (fields, text) => log.info({ ...fields, prometheus }, text),
    warn: (fields, text) => log.warn({ ...fields, prometheus }, text),
  };
}

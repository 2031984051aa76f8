import type { PrometheusAccess } from "../../observer/prometheusAccess.ts";
import { withSelector } from "../../rules/withSelector.ts";
import { prometheusAuth } from "./prometheusAuth.ts";
import type { PrometheusSettings } from "./prometheusSettings.ts";
import { readPairs } from "./readPairs.ts";

/** More queries with their matchers are not kept. A tick sends the same ones as the last. */
const KEPT_QUERIES = 1_000;

/** The settings, which have no contradiction, as the client takes them; null: there is no Prometheus. */
export function prometheusAccess(settings: PrometheusSettings): PrometheusAccess | null {
  const { prometheusUrl, prometheusClientCertFile, prometheusClientKeyFile, prometheusSelector } = settings;
  if (prometheusUrl === undefined) return null;
  const client =
    prometheusClientCertFile === undefined || prometheusClientKeyFile === undefined
      ? undefined
      : { certFile: prometheusClientCertFile, keyFile: prometheusClientKeyFile };
  return {
    url: prometheusUrl,
    auth: prometheusAuth(settings),
    headers: readPairs(settings.prometheusHeader) ?? [],
    headersFile: settings.prometheusHeadersFile,
    tls: { caFile: settings.prometheusCaFile, client },
    params: readPairs(settings.prometheusParam) ?? [],
    select: prometheusSelector === undefined ? undefined : keptSelector(prometheusSelector),
  };
}

/** `withSelector` for these matchers, which parses a query once. */
function keptSelector(matchers: string): (promql: string) => string | null {
  const kept = new Map<string, string | null>();
  return (promql) => {
    const known = kept.get(promql);
    if (known !== undefined) return known;
    if (kept.size >= KEPT_QUERIES) kept.clear();
    const selected = withSelector(promql, matchers);
    kept.set(promql, selected);
    return selected;
  };
}

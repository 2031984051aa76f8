import type { Scraped, ScrapedSeries } from "./scrapedSeries.ts";
import type { VectorElement } from "./simulatedPrometheus.ts";

/** The exact text of the query for gateways; any other text is another query. */
const QUERY =
  "label_replace(max by (target_cluster_name) (((max_over_time(gateway_alive[10s]) or gateway_alive) > 0)" +
  " or (gateway_alive offset 10s and (max_over_time(gateway_alive[10s]) or gateway_alive)))" +
  ', "gauge", "alive", "", "") or label_replace(max by (target_cluster_name) (gateway_enabled), "gauge", "enabled", "", "")' +
  " or label_replace(max by (target_cluster_name) (max by (target_cluster_name) (gateway_alive) == 0 and on (target_cluster_name)" +
  ' ((gateway_probes{probe_successful="false"} > gateway_probes{probe_successful="false"} offset 10s)' +
  ' or (gateway_probes{probe_successful="false"} unless gateway_probes{probe_successful="false"} offset 10s)))' +
  ', "gauge", "failed", "", "")';
const WINDOW_MS = 10_000;

/** The answer of Prometheus; null for another query. The simulated service mirrors do not count their probes. */
export function answerGateways(query: string, scraped: ScrapedSeries, nowMs: number): readonly VectorElement[] | null {
  if (query !== QUERY) return null;
  const elements = new Map<string, VectorElement>();
  for (const { series, value } of valuesAt(scraped, nowMs)) {
    const gauge = series.name === "gateway_alive" ? "alive" : "enabled";
    const { target_cluster_name = "" } = series.labels;
    const other = elements.get(series.counter)?.value ?? value;
    elements.set(series.counter, { metric: { target_cluster_name, gauge }, value: Math.max(value, other) });
  }
  return [...elements.values()];
}

function valuesAt(scraped: ScrapedSeries, nowMs: number): readonly { readonly series: Scraped; readonly value: number }[] {
  return [...scraped.all()].flatMap((series) => {
    const value = series.name === "gateway_alive" ? aliveAt(series, scraped, nowMs) : enabledAt(series, scraped, nowMs);
    return value === null ? [] : [{ series, value }];
  });
}

function aliveAt(series: Scraped, scraped: ScrapedSeries, nowMs: number): number | null {
  const lately = series.samples.filter(({ atMs }) => atMs > nowMs - WINDOW_MS && atMs <= nowMs).map(({ value }) => value);
  const value = lately.length > 0 ? Math.max(...lately) : scraped.valueAt(series, nowMs);
  if (value === null) return null;
  return value > 0 ? value : scraped.valueAt(series, nowMs - WINDOW_MS);
}

function enabledAt(series: Scraped, scraped: ScrapedSeries, nowMs: number): number | null {
  return series.name === "gateway_enabled" ? scraped.valueAt(series, nowMs) : null;
}

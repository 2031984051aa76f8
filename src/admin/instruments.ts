import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { isOfRoute, METRIC_PREFIX, METRICS, type MetricName } from "./metricsTable.ts";

const DURATION_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The metrics of the table that have no series of routes, by name without the prefix. */
export interface Instruments {
  readonly gauges: Readonly<Record<MetricName<"gauge">, Gauge>>;
  readonly counters: Readonly<Record<MetricName<"counter">, Counter>>;
  readonly histograms: Readonly<Record<MetricName<"histogram">, Histogram>>;
}

/** Registers these metrics of the table. */
export function createInstruments(registry: Registry): Instruments {
  const gauges: Record<string, Gauge> = {};
  const counters: Record<string, Counter> = {};
  const histograms: Record<string, Histogram> = {};
  for (const row of METRICS) {
    if (isOfRoute(row)) continue;
    const { name, type, labels, help } = row;
    const config = { name: METRIC_PREFIX + name, help, labelNames: [...labels], registers: [registry] };
    switch (type) {
      case "gauge":
        gauges[name] = new Gauge(config);
        break;
      case "counter":
        counters[name] = new Counter(config);
        break;
      case "histogram":
        histograms[name] = new Histogram({ ...config, buckets: DURATION_BUCKETS_S });
        break;
    }
  }
  return { gauges, counters, histograms } as Instruments;
}

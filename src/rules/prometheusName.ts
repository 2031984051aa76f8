/** Where there are two Prometheus: `fast` is the one that scrapes Linkerd's proxies often, `main` the other one. */
export const PROMETHEUS_NAMES = ["fast", "main"] as const;
export type PrometheusName = (typeof PROMETHEUS_NAMES)[number];

/** Which one answers a signal that names none. A signal that names one may say so in vain: where there is one, it answers everything. */
export function usualPrometheus(signal: string): PrometheusName {
  return signal.startsWith("query") ? "main" : "fast";
}

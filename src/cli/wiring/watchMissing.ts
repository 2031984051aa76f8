import type { Log } from "../../controller/announcer.ts";
import { MissingPrometheusNews } from "../../controller/missingPrometheusNews.ts";
import type { PrometheusName } from "../../rules/prometheusName.ts";
import type { LiveRules } from "./liveRules.ts";

/** The rules may be reloaded, so they are checked this often. */
const CHECK_EVERY_MS = 60_000;

/** Logs a warning for each signal that names this Prometheus, which is not there, until the signal aborts. */
export function watchMissing(missing: PrometheusName, rules: Pick<LiveRules, "current">, log: Log, signal: AbortSignal): void {
  const news = new MissingPrometheusNews(log, missing);
  const check = (): void => news.update(rules.current());
  const timer = setInterval(check, CHECK_EVERY_MS);
  timer.unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  check();
}

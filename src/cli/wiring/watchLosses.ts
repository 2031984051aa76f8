import type { Log } from "../../controller/announcer.ts";
import { LossNews } from "../../controller/lossNews.ts";
import { asksCounts } from "../../observer/asksCounts.ts";
import { findLosses } from "../../observer/findLosses.ts";
import type { PrometheusClient } from "../../observer/prometheus.ts";
import type { Route } from "../../routes/route.ts";
import { questionsOf } from "../../rules/questions.ts";
import { needsOf } from "../commands/check/wantedFamilies.ts";
import type { LiveRules } from "./liveRules.ts";

/** How often it is asked what the proxies' series lack. */
const ASK_EVERY_MS = 60_000;

/** Logs what the proxies' series lack of what rules and routes need, until the signal aborts. No tick waits for this. */
export function watchLosses(
  prometheus: PrometheusClient,
  rules: Pick<LiveRules, "current">,
  routes: () => readonly Route[],
  log: Log,
  signal: AbortSignal,
): void {
  const news = new LossNews(log);
  let asking = false;
  const ask = async (): Promise<void> => {
    const managed = routes();
    const current = rules.current();
    if (asking || managed.length === 0 || !asksCounts(questionsOf(current))) return;
    asking = true;
    const { needs, namespaces } = needsOf(managed, current);
    const found = await findLosses(prometheus, needs, namespaces);
    asking = false;
    if (!signal.aborted) news.update(found);
  };
  const timer = setInterval(() => void ask(), ASK_EVERY_MS);
  timer.unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

import { startAdminServer } from "../../admin/adminServer.ts";
import { createMetrics, type Metrics } from "../../admin/metrics.ts";
import type { Log } from "../../controller/announcer.ts";
import { PrometheusNews } from "../../controller/prometheusNews.ts";
import type { KubeApi } from "../../kube/kubeApi.ts";
import { createPrometheusClient, type PrometheusClient } from "../../observer/prometheus.ts";
import type { PrometheusAccess } from "../../observer/prometheusAccess.ts";
import type { Route } from "../../routes/route.ts";
import { createController } from "./createController.ts";
import { createIdentity } from "./identity.ts";
import type { LiveRules } from "./liveRules.ts";
import { prometheusAccess } from "./prometheusAccess.ts";
import type { RunSettings } from "./runSettings.ts";
import { watchLosses } from "./watchLosses.ts";
import { watchScrapes } from "./watchScrapes.ts";

export interface Controller {
  readonly adminUrl: string;
  /** Stops the ticks, finishes or abandons writes, releases the Lease. Resolves within 5 s. */
  stop(): Promise<void>;
}

/** Starts the controller and its admin server. Resolves when the admin server listens; the caches may not be filled yet. */
export async function startController(settings: RunSettings, kube: KubeApi, rules: LiveRules, log: Log): Promise<Controller> {
  const metrics = createMetrics(() => controller.report());
  const clientOf = (access: PrometheusAccess | null) => {
    const news = new PrometheusNews(log, () => Date.now());
    return access === null ? null : prometheusOf(access, settings.intervalMs, metrics.queried, news);
  };
  const usual = clientOf(prometheusAccess(settings));
  const prometheus = clientOf(prometheusAccess({ prometheusUrl: settings.fastPrometheusUrl })) ?? usual;
  const stopping = new AbortController();
  const controller = createController({
    prometheusForOwn: usual ?? undefined,
    ...{ settings, kube, prometheus, rules, log, telemetry: metrics, random: Math.random, nowMs: () => Date.now() },
    identity: createIdentity(),
  });
  const admin = await startAdminServer({ address: settings.adminAddress, report: () => controller.report(), metrics });
  controller.start();
  const routes = (): readonly Route[] => [...controller.report().state.routes.values()].flatMap(({ trace }) => trace.survey?.route ?? []);
  if (prometheus !== null) {
    watchScrapes(prometheus, rules, log, stopping.signal);
    watchLosses(prometheus, rules, routes, log, stopping.signal);
  }
  return {
    adminUrl: admin.url,
    stop: () => {
      stopping.abort();
      return controller.stop(() => admin.stop());
    },
  };
}

function prometheusOf(access: PrometheusAccess, intervalMs: number, queried: Metrics["queried"], news: PrometheusNews): PrometheusClient {
  return createPrometheusClient({
    ...access,
    intervalMs,
    onQuery: queried,
    onAnswered: (why, partial) => news.queried(why, partial),
  });
}

import { startAdminServer } from "../../admin/adminServer.ts";
import { createMetrics, type Metrics } from "../../admin/metrics.ts";
import type { Log } from "../../controller/announcer.ts";
import { PrometheusNews } from "../../controller/prometheusNews.ts";
import { sparingly } from "../../controller/sparingly.ts";
import type { KubeApi } from "../../kube/kubeApi.ts";
import { PastDecisions } from "../../observer/pastDecisions.ts";
import { createPrometheusClient, type PrometheusClient } from "../../observer/prometheus.ts";
import type { PrometheusAccess } from "../../observer/prometheusAccess.ts";
import { CODECS } from "../../routes/codecs.ts";
import type { Route } from "../../routes/route.ts";
import type { PrometheusName } from "../../rules/prometheusName.ts";
import { createController } from "./createController.ts";
import { createIdentity } from "./identity.ts";
import type { LiveRules } from "./liveRules.ts";
import { prometheusAccess } from "./prometheusAccess.ts";
import type { RunSettings } from "./runSettings.ts";
import { watchPrometheus } from "./watchPrometheus.ts";

/** A failure that lasts is logged again after this time. */
const LOG_AGAIN_MS = 3_600_000;

export interface Controller {
  readonly adminUrl: string;
  /** Stops the ticks, finishes or abandons writes, releases the Lease. Resolves within 5 s. */
  stop(): Promise<void>;
}

/** Starts the controller and its admin server. Resolves when the admin server listens; the caches may not be filled yet. */
export async function startController(settings: RunSettings, kube: KubeApi, rules: LiveRules, log: Log): Promise<Controller> {
  const metrics = createMetrics(() => controller.report());
  const access = { fast: prometheusAccess({ prometheusUrl: settings.fastPrometheusUrl }), main: prometheusAccess(settings) };
  const areTwo = access.fast !== null && access.main !== null;
  const clientOf = (name: PrometheusName) => {
    const news = new PrometheusNews(log, () => Date.now(), areTwo ? name : undefined);
    return access[name] === null ? null : prometheusOf(access[name], settings.intervalMs, metrics.queried, news);
  };
  const [fast, main] = [clientOf("fast"), clientOf("main")];
  const stopping = new AbortController();
  const identity = createIdentity();
  const controller = createController({
    ...{ prometheus: fast ?? main, mainPrometheus: fast === null ? undefined : (main ?? undefined) },
    ...{ settings, kube, rules, log, telemetry: metrics, random: Math.random, nowMs: () => Date.now(), identity },
  });
  const past = pastDecisions(settings, kube, identity, log, stopping.signal);
  const admin = await startAdminServer({
    ...{ address: settings.adminAddress, report: () => controller.report(), metrics },
    links: { runbook: settings.runbookUrl ?? null, dashboard: settings.dashboardUrl ?? null },
    past: () => {
      // The leader knows its own decisions; any other replica follows the Events while a page is open.
      if (controller.report().leader === false) past.readAgain();
      return past.newestFirst();
    },
  });
  controller.start();
  void past.read();
  const routes = (): readonly Route[] => [...controller.report().state.routes.values()].flatMap(({ trace }) => trace.survey?.route ?? []);
  watchPrometheus({ fast, main }, rules, routes, log, stopping.signal);
  return {
    adminUrl: admin.url,
    stop: () => {
      stopping.abort();
      return controller.stop(() => admin.stop());
    },
  };
}

function pastDecisions(settings: RunSettings, kube: KubeApi, identity: string, log: Log, signal: AbortSignal): PastDecisions {
  return new PastDecisions({
    ...{ kube, codecs: CODECS, namespaces: settings.watchNamespaces, identity, signal, nowMs: () => performance.now() },
    onFailure: sparingly(
      (why) => log.info({}, `earlier decisions cannot be read from Events, so the status page begins without them: ${why}`),
      LOG_AGAIN_MS,
      () => Date.now(),
    ),
  });
}

function prometheusOf(access: PrometheusAccess, intervalMs: number, queried: Metrics["queried"], news: PrometheusNews): PrometheusClient {
  return createPrometheusClient({
    ...access,
    intervalMs,
    onQuery: queried,
    onAnswered: (why, partial) => news.queried(why, partial),
  });
}

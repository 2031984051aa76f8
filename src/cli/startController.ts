import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { createActuator } from "../actuator/actuator.ts";
import { EventWriter } from "../actuator/eventWriter.ts";
import { problemEvent, shiftEvent } from "../actuator/routeEvent.ts";
import { WritePool } from "../actuator/writePool.ts";
import { startAdminServer } from "../admin/adminServer.ts";
import { createMetrics, type Metrics } from "../admin/metrics.ts";
import { Announcer, type Log } from "../controller/announcer.ts";
import { DecisionRing } from "../controller/decisionRing.ts";
import { Heartbeat } from "../controller/heartbeat.ts";
import { Leadership } from "../controller/leadership.ts";
import type { Report } from "../controller/report.ts";
import type { KubeApi } from "../kube/kubeApi.ts";
import { createObserver, type ObserverOptions } from "../observer/createObserver.ts";
import type { Observer } from "../observer/observer.ts";
import { createPrometheusClient, type PrometheusAuth, type PrometheusClient } from "../observer/prometheus.ts";
import { CODECS } from "../routes/codecs.ts";
import { routeKey } from "../routes/route.ts";
import { windowsOf } from "../rules/windowsOf.ts";
import type { LiveRules } from "./liveRules.ts";
import type { RunSettings } from "./runSettings.ts";
import { VERSION } from "./version.ts";

/** A write under way may finish within this time when we stop; all of stopping must fit into 5 s. */
const FINISH_WRITES_MS = 2_000;
const FINISH_EVENTS_MS = 500;

export interface Controller {
  readonly adminUrl: string;
  /** Stops deciding, finishes or abandons writes, gives the lease back. Resolves within 5 s. */
  stop(): Promise<void>;
}

/** Puts the rooms together and begins. Resolves as soon as the admin server listens; the caches fill meanwhile. */
export async function startController(settings: RunSettings, kube: KubeApi, rules: LiveRules, log: Log): Promise<Controller> {
  const identity = `${hostname()}_${randomUUID()}`;
  const stopping = new AbortController();
  const decisions = new DecisionRing();
  const metrics = createMetrics(() => report());
  const observer = createEyes(settings, kube, rules, metrics.queried, {
    onChange: () => heartbeat.wake(),
    onReleased: (route, why) => announcer.released(route, why, heartbeat.state.routes.get(routeKey(route))),
    onServed: (kind, version) => log.info({ kind }, servedText(version)),
    onForbidden: (kind, message) => log.warn({ kind }, `not managed until this is allowed: ${message}`),
  });
  const leadership =
    settings.leaderElect && !settings.dryRun ? createLeadership(settings, kube, identity, log, () => heartbeat.wake()) : null;
  const leads = () => leadership === null || leadership.isLeader();
  const events = createEvents(settings, kube, identity, log);
  const announcer = new Announcer({ log, telemetry: metrics, events, decisions, shiftEvent, problemEvent, acts: leads, nowMs });
  const pool = new WritePool({
    actuator: createActuator({ kube, codecs: CODECS, dryRun: settings.dryRun }),
    mayWrite: leads,
    onOutcome: (write, outcome) => {
      heartbeat.settled(write.decision, outcome);
      announcer.settled(write, outcome);
    },
  });
  const heartbeat = new Heartbeat({
    observer,
    rules: () => rules.current(),
    intervalMs: settings.intervalMs,
    identity,
    dryRun: settings.dryRun,
    nowMs,
    onTick: (tick) => {
      announcer.ticked(tick);
      pool.take(leads() ? tick.decisions : []);
    },
  });
  let cachesFilled = false;
  const report = (): Report => ({
    ...{ state: heartbeat.state, leader: leads(), cachesFilled, lastTickMs: heartbeat.lastTickMs, intervalMs: settings.intervalMs },
    ...{ nowMs: nowMs(), decisions: decisions.newestFirst(), observer: observer.health(), reload: rules.reload(), version: VERSION },
  });
  const admin = await startAdminServer({ address: settings.adminAddress, report, metrics });
  const watching = observer.start(stopping.signal).then(() => {
    if (stopping.signal.aborted) return;
    cachesFilled = true;
    log.info({}, "the caches are filled");
    heartbeat.start();
  });
  leadership?.start();
  return {
    adminUrl: admin.url,
    stop: () =>
      stopAll(heartbeat, stopping, pool, [
        async () => leadership?.stop(),
        () => events.stop(FINISH_EVENTS_MS),
        () => admin.stop(),
        () => watching,
      ]),
  };
}

/** Stops deciding first, then writing, and then all the rest side by side. */
async function stopAll(
  heartbeat: Heartbeat,
  stopping: AbortController,
  pool: WritePool,
  rest: readonly (() => Promise<void>)[],
): Promise<void> {
  heartbeat.stop();
  stopping.abort();
  await pool.stop(FINISH_WRITES_MS);
  await Promise.all(rest.map((stop) => stop()));
}

function servedText(version: string | null): string {
  return version === null ? "not installed: skipped, looked for again every minute" : `watched at ${version}`;
}

function nowMs(): number {
  return Date.now();
}

function createEyes(
  settings: RunSettings,
  kube: KubeApi,
  rules: LiveRules,
  onQuery: Metrics["queried"],
  on: Pick<ObserverOptions, "onChange" | "onReleased" | "onServed" | "onForbidden">,
): Observer {
  return createObserver({
    kube,
    codecs: CODECS,
    prometheus: prometheusOf(settings, onQuery),
    windows: () => windowsOf(rules.current()),
    selector: settings.selector ?? null,
    watchNamespaces: settings.watchNamespaces,
    intervalMs: settings.intervalMs,
    ...on,
    clock: { nowMs },
    random: Math.random,
  });
}

function createEvents(settings: RunSettings, kube: KubeApi, identity: string, log: Log): EventWriter {
  return new EventWriter({
    kube,
    instance: identity,
    dryRun: settings.dryRun,
    nowMs,
    onLost: (event, why) => log.warn({ name: event.route.name }, `an Event was lost: ${why}`),
  });
}

function createLeadership(settings: RunSettings, kube: KubeApi, identity: string, log: Log, wake: () => void): Leadership {
  return new Leadership({
    kube,
    namespace: settings.namespace,
    identity,
    onChange: (leader) => {
      log.info({ identity }, leader ? "leading: this replica writes" : "not leading: this replica watches and writes nothing");
      wake();
    },
    onFailure: (error) => log.warn({ namespace: settings.namespace }, `the Lease cannot be asked for: ${error}`),
  });
}

function prometheusOf(settings: RunSettings, onQuery: Metrics["queried"]): PrometheusClient | null {
  if (settings.prometheusUrl === undefined) return null;
  return createPrometheusClient({
    url: settings.prometheusUrl,
    auth: prometheusAuth(settings),
    intervalMs: settings.intervalMs,
    onQuery,
  });
}

function prometheusAuth(settings: RunSettings): PrometheusAuth {
  const { prometheusBearerTokenFile, prometheusUsername, prometheusPasswordFile } = settings;
  if (prometheusBearerTokenFile !== undefined) return { kind: "bearer", tokenFile: prometheusBearerTokenFile };
  if (prometheusUsername !== undefined && prometheusPasswordFile !== undefined) {
    return { kind: "basic", username: prometheusUsername, passwordFile: prometheusPasswordFile };
  }
  return { kind: "none" };
}

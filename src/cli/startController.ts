import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { createActuator } from "../actuator/actuator.ts";
import { EventWriter } from "../actuator/eventWriter.ts";
import { clusterEvent, problemEvent, shiftEvent } from "../actuator/routeEvent.ts";
import { WritePool } from "../actuator/writePool.ts";
import { type AdminServer, startAdminServer } from "../admin/adminServer.ts";
import { createMetrics, type Metrics } from "../admin/metrics.ts";
import { Announcer, type Log } from "../controller/announcer.ts";
import { DecisionRing } from "../controller/decisionRing.ts";
import { Heartbeat } from "../controller/heartbeat.ts";
import { Leadership, type Release } from "../controller/leadership.ts";
import type { Report } from "../controller/report.ts";
import { sparingly } from "../controller/sparingly.ts";
import { WatchNews } from "../controller/watchNews.ts";
import type { KubeApi } from "../kube/kubeApi.ts";
import { createObserver, type ObserverOptions } from "../observer/createObserver.ts";
import type { Observer } from "../observer/observer.ts";
import { createPrometheusClient, type PrometheusAuth, type PrometheusClient } from "../observer/prometheus.ts";
import { CODECS } from "../routes/codecs.ts";
import { routeKey } from "../routes/route.ts";
import { questionsOf } from "../rules/questions.ts";
import type { LiveRules } from "./liveRules.ts";
import type { RunSettings } from "./runSettings.ts";
import { VERSION } from "./version.ts";

/** A write under way may finish within this time when we stop; all of stopping must fit into 5 s. */
const FINISH_WRITES_MS = 2_000;
const FINISH_EVENTS_MS = 500;
/** How often it is looked whether a resource cannot be watched any more, or can again. */
const WATCH_NEWS_EVERY_MS = 1_000;
/** A failure that lasts is told again this often. */
const TELL_AGAIN_MS = 60_000;

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
  });
  const leadership = createLeadership(settings, kube, identity, log, stopping.signal, () => heartbeat.wake());
  const leads = () => leadership === null || leadership.isLeader();
  const events = createEvents(settings, kube, identity, log);
  const announcer = new Announcer({
    ...{ log, telemetry: metrics, events, decisions, shiftEvent, problemEvent, acts: leads, nowMs },
    clusterEvent: (change) => clusterEvent(settings.namespace, change),
    stopping: () => stopping.signal.aborted,
  });
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
    // Who leads is who writes: a dry run beside the real one must not look like a second leader.
    ...{ state: heartbeat.state, leader: leads() && !settings.dryRun, cachesFilled, lastTickMs: heartbeat.lastTickMs },
    ...{ nowMs: nowMs(), intervalMs: settings.intervalMs, decisions: decisions.newestFirst() },
    ...{ observer: observer.health(), reload: rules.reload(), version: VERSION },
  });
  const admin = await startAdminServer({ address: settings.adminAddress, report, metrics });
  const watching = startWatching(observer, log, stopping.signal, () => {
    cachesFilled = true;
    heartbeat.start();
  });
  leadership?.start();
  return { adminUrl: admin.url, stop: () => stopAll({ heartbeat, stopping, pool, leadership, events, admin, watching, log }) };
}

interface Running {
  readonly heartbeat: Heartbeat;
  readonly stopping: AbortController;
  readonly pool: WritePool;
  readonly leadership: Leadership | null;
  readonly events: EventWriter;
  readonly admin: AdminServer;
  readonly watching: Promise<void>;
  readonly log: Log;
}

/** Stops deciding first, then writing, and then all the rest side by side. */
async function stopAll({ heartbeat, stopping, pool, leadership, events, admin, watching, log }: Running): Promise<void> {
  heartbeat.stop();
  stopping.abort();
  await pool.stop(FINISH_WRITES_MS);
  const [release] = await Promise.all([leadership?.stop() ?? null, events.stop(FINISH_EVENTS_MS), admin.stop(), watching]);
  tellStopped(log, release);
}

/** The last line: what we leave behind. */
function tellStopped(log: Log, release: Release | null): void {
  switch (release?.lease) {
    case "released":
      return log.info({}, "stopped; the Lease is released");
    case "kept":
      return log.warn({}, `stopped; the Lease could not be released, so it stays taken until it expires: ${release.why}`);
    case "notHeld":
    case undefined:
      log.info({}, "stopped");
  }
}

function nowMs(): number {
  return Date.now();
}

/** Opens the eyes, and tells what they cannot see until the signal aborts: also before the caches are filled, when there is no tick yet. */
async function startWatching(observer: Observer, log: Log, signal: AbortSignal, onFilled: () => void): Promise<void> {
  const news = new WatchNews(log);
  const timer = setInterval(() => news.look(observer.health().resources), WATCH_NEWS_EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  await observer.start(signal);
  if (signal.aborted) return;
  log.info({}, "the caches are filled");
  onFilled();
}

function createEyes(
  settings: RunSettings,
  kube: KubeApi,
  rules: LiveRules,
  onQuery: Metrics["queried"],
  on: Pick<ObserverOptions, "onChange" | "onReleased">,
): Observer {
  return createObserver({
    kube,
    codecs: CODECS,
    prometheus: prometheusOf(settings, onQuery),
    questions: () => questionsOf(rules.current()),
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

/** Null: nobody is asked before anything is written, or nothing is. */
function createLeadership(
  settings: RunSettings,
  kube: KubeApi,
  identity: string,
  log: Log,
  stopping: AbortSignal,
  wake: () => void,
): Leadership | null {
  if (!settings.leaderElect || settings.dryRun) return null;
  return new Leadership({
    kube,
    namespace: settings.namespace,
    identity,
    onChange: (leader) => {
      // That a replica which stops does not lead goes without saying; what became of the Lease is told at the end.
      if (stopping.aborted) return;
      log.info({ identity }, leader ? "leading: this replica writes" : "not leading: this replica watches and writes nothing");
      wake();
    },
    onFailure: sparingly(
      (error) => log.warn({ namespace: settings.namespace }, `the Lease cannot be asked for, tried again: ${error}`),
      TELL_AGAIN_MS,
      nowMs,
    ),
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

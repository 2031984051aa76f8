import { type Actuator, createActuator } from "../../actuator/actuator.ts";
import { EventWriter } from "../../actuator/eventWriter.ts";
import { clusterEvent, loneClientEvent, monitoringEvent, problemEvent, reappliedEvent, shiftEvent } from "../../actuator/routeEvent.ts";
import { WritePool } from "../../actuator/writePool.ts";
import { Announcer, type Log } from "../../controller/announcer.ts";
import { DecisionRecords } from "../../controller/decisionRecords.ts";
import { DecisionRing } from "../../controller/decisionRing.ts";
import { Heartbeat } from "../../controller/heartbeat.ts";
import { Leadership, type Release } from "../../controller/leadership.ts";
import type { Report } from "../../controller/report.ts";
import { RouteLimitNews } from "../../controller/routeLimitNews.ts";
import { sparingly } from "../../controller/sparingly.ts";
import type { Telemetry } from "../../controller/telemetry.ts";
import { WatchNews } from "../../controller/watchNews.ts";
import type { KubeApi } from "../../kube/kubeApi.ts";
import { createObserver, type ObserverOptions } from "../../observer/createObserver.ts";
import type { Observer } from "../../observer/observer.ts";
import type { PrometheusClient } from "../../observer/prometheus.ts";
import { CODECS } from "../../routes/codecs.ts";
import { routeKey } from "../../routes/route.ts";
import { askedAt } from "../../rules/askedAt.ts";
import { questionsOf } from "../../rules/questions.ts";
import { podOf } from "./identity.ts";
import type { LiveRules } from "./liveRules.ts";
import { VERSION } from "./ownVersion.ts";
import type { RunSettings } from "./runSettings.ts";

/** At shutdown, a write in flight gets this long to finish; the whole shutdown must fit into 5 s. */
const FINISH_WRITES_MS = 2_000;
const FINISH_EVENTS_MS = 500;
/** How often the health of the watches is checked. */
const WATCH_NEWS_EVERY_MS = 1_000;
/** A failure that lasts is logged again after this time. */
const LOG_AGAIN_MS = 60_000;

const OVERLOADED = "the API server has too many requests, so no route is written for a moment";

/** What a controller needs: its settings, its sources, its outputs, its identity and its clock. */
export interface ControllerParts {
  readonly settings: Pick<RunSettings, "selector" | "watchNamespaces" | "namespace" | "intervalMs" | "dryRun" | "leaderElect"> &
    Partial<Pick<RunSettings, "maxRoutesPerNamespace">>;
  readonly kube: KubeApi;
  /** Null: metric signals are off. */
  readonly prometheus: PrometheusClient | null;
  /** As `ObserverOptions.mainPrometheus`. */
  readonly mainPrometheus?: PrometheusClient | undefined;
  readonly rules: LiveRules;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Unique to this process. */
  readonly identity: string;
  /** 0..1, to spread retries. */
  readonly random: () => number;
  /** Wall clock in ms; its times go into annotations. */
  readonly nowMs: () => number;
}

export interface ControllerCore {
  /** Starts the watches and the leader election. Ticks begin once the caches are filled. */
  start(): void;
  report(): Report;
  /** Stops the ticks, finishes or abandons writes, releases the Lease, and runs `alsoStop` meanwhile. Resolves within 5 s. */
  stop(alsoStop?: () => Promise<void>): Promise<void>;
}

/** Connects observer, evaluator and actuator. It sends nothing before `start`, and it listens on no port. */
export function createController(parts: ControllerParts): ControllerCore {
  const { settings, rules, log, telemetry, identity, nowMs } = parts;
  const stopping = new AbortController();
  const decisions = new DecisionRing();
  const records = new DecisionRecords(VERSION);
  const observer = createControllerObserver(parts, {
    onChange: () => heartbeat.wake(),
    onReleased: (route, why) => announcer.released(route, why, heartbeat.stateOf(routeKey(route))),
  });
  const leadership = createLeadership(parts, stopping.signal, () => heartbeat.wakeAll());
  const leads = () => leadership === null || leadership.isLeader();
  const events = createEvents(parts, () => pool.waiting > 0);
  const announcer = new Announcer({
    ...{ log, telemetry, events, decisions, shiftEvent, problemEvent, reappliedEvent, loneClientEvent, acts: leads, nowMs },
    clusterEvent: (change) => clusterEvent(settings.namespace, change),
    ...{ monitoringEvent: (change) => monitoringEvent(settings.namespace, change), stopping: () => stopping.signal.aborted },
  });
  const pool = new WritePool({
    actuator: createRouteActuator(parts, observer),
    mayWrite: leads,
    onPause: sparingly((why) => log.warn({}, `${OVERLOADED}: ${why}`), LOG_AGAIN_MS, nowMs),
    onOutcome: (write, outcome) => {
      heartbeat.settled(write.decision, outcome);
      announcer.settled(write, outcome);
    },
  });
  const heartbeat = new Heartbeat({
    ...{ observer, identity, nowMs, intervalMs: settings.intervalMs, dryRun: settings.dryRun },
    rules: () => rules.current(),
    onTick: (tick) => {
      announcer.ticked(tick);
      if (!leads()) return pool.clear();
      pool.take(tick.decisions, [...tick.evaluated.map(({ route }) => route.key), ...tick.gone]);
      records.take(tick.made);
    },
  });
  let cachesFilled = false;
  let watching: Promise<void> = Promise.resolve();
  return {
    start: () => {
      watching = startWatching(observer, log, stopping.signal, () => {
        cachesFilled = true;
        heartbeat.start();
      });
      leadership?.start();
    },
    report: () => ({
      // A dry run never writes, so it reports neither that it leads nor that it does not.
      ...{ state: heartbeat.shown, leader: settings.dryRun ? null : leads(), cachesFilled, lastTickMs: heartbeat.lastTickMs },
      ...{ nowMs: nowMs(), decisions: decisions.newestFirst(), recordsOf: (key: string) => records.of(key) },
      ...{ observer: observer.health(), ...aboutOf(parts, leadership) },
    }),
    stop: async (alsoStop) => {
      heartbeat.stop();
      stopping.abort();
      const rest = () => [events.stop(FINISH_EVENTS_MS), alsoStop?.(), watching];
      await stopActing(pool, leadership, rest, log);
    },
  };
}

/** What the report says of this replica, of the leader and of the rules. */
function aboutOf(
  { settings: { namespace, intervalMs }, identity, rules }: ControllerParts,
  leadership: Leadership | null,
): Pick<Report, "leaderName" | "replica" | "namespace" | "intervalMs" | "reload" | "ruleNames" | "version"> {
  const holder = leadership?.holder ?? null;
  return {
    ...{ leaderName: holder === null ? null : podOf(holder), replica: podOf(identity), namespace, intervalMs, version: VERSION },
    ...{ reload: rules.reload(), ruleNames: rules.current().rules.map(({ name }) => name) },
  };
}

/** Stops the writes first, then the leader election and everything else in parallel. */
async function stopActing(
  pool: WritePool,
  leadership: Leadership | null,
  rest: () => readonly (Promise<void> | undefined)[],
  log: Log,
): Promise<void> {
  await pool.stop(FINISH_WRITES_MS);
  const [release] = await Promise.all([leadership?.stop() ?? null, ...rest()]);
  logStopped(log, release);
}

/** The last log line: what became of the Lease. */
function logStopped(log: Log, release: Release | null): void {
  switch (release?.lease) {
    case "released":
      return log.info({}, "stopped; the Lease is released");
    case "kept":
      return log.warn({}, `stopped; the Lease could not be released, so it is held until it expires: ${release.why}`);
    case "notHeld":
    case undefined:
      log.info({}, "stopped");
  }
}

/** Starts the observer, and logs which resources it cannot watch until the signal aborts. There is no tick yet that could log it. */
async function startWatching(observer: Observer, log: Log, signal: AbortSignal, onFilled: () => void): Promise<void> {
  const news = new WatchNews(log);
  const limitNews = new RouteLimitNews(log);
  const check = (): void => {
    const { resources, leftOut } = observer.health();
    news.update(resources);
    limitNews.update(leftOut);
  };
  const timer = setInterval(check, WATCH_NEWS_EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  await observer.start(signal);
  if (signal.aborted) return;
  log.info({}, "the caches are filled");
  onFilled();
}

function createControllerObserver(
  { settings, kube, prometheus, mainPrometheus, rules, random, identity }: ControllerParts,
  on: Pick<ObserverOptions, "onChange" | "onReleased">,
): Observer {
  return createObserver({
    kube,
    codecs: CODECS,
    prometheus,
    mainPrometheus,
    questions: (at) => questionsOf(at === undefined ? rules.current() : askedAt(rules.current(), at)),
    selector: settings.selector ?? null,
    watchNamespaces: settings.watchNamespaces,
    maxRoutesPerNamespace: settings.maxRoutesPerNamespace,
    intervalMs: settings.intervalMs,
    writer: identity,
    ...on,
    clock: { nowMs: () => performance.now() },
    random,
  });
}

function createRouteActuator({ kube, settings }: ControllerParts, observer: Observer): Actuator {
  const onWritten: Observer["noteWritten"] = (route, object) => observer.noteWritten(route, object);
  return createActuator({ kube, codecs: CODECS, dryRun: settings.dryRun, onWritten });
}

function createEvents({ settings, kube, identity, log, nowMs }: ControllerParts, isBusy: () => boolean): EventWriter {
  return new EventWriter({
    kube,
    instance: identity,
    dryRun: settings.dryRun,
    nowMs,
    isBusy,
    onLost: (event, why) => log.warn({ name: event.route.name }, `an Event was lost: ${why}`),
  });
}

/** Null where leader election is off, or in a dry run. */
function createLeadership(
  { settings, kube, identity, log, random, nowMs }: ControllerParts,
  stopping: AbortSignal,
  wake: () => void,
): Leadership | null {
  if (!settings.leaderElect || settings.dryRun) return null;
  return new Leadership({
    kube,
    namespace: settings.namespace,
    identity,
    random,
    wallMs: nowMs,
    onChange: (leader) => {
      // At shutdown the last log line says what became of the Lease.
      if (stopping.aborted) return;
      log.info({ identity }, leader ? "leading: this replica writes" : "not leading: this replica watches and writes nothing");
      wake();
    },
    onFailure: sparingly(
      (error) => log.warn({ namespace: settings.namespace }, `the Lease cannot be acquired or renewed, retrying: ${error}`),
      LOG_AGAIN_MS,
      nowMs,
    ),
  });
}

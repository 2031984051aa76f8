import { createActuator } from "../../actuator/actuator.ts";
import { EventWriter } from "../../actuator/eventWriter.ts";
import { clusterEvent, monitoringEvent, problemEvent, reappliedEvent, shiftEvent } from "../../actuator/routeEvent.ts";
import { WritePool } from "../../actuator/writePool.ts";
import { Announcer, type Log } from "../../controller/announcer.ts";
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
import { questionsOf } from "../../rules/questions.ts";
import { VERSION } from "../commands/version.ts";
import type { LiveRules } from "./liveRules.ts";
import type { RunSettings } from "./runSettings.ts";

/** A write under way may finish within this time when we stop; all of stopping must fit into 5 s. */
const FINISH_WRITES_MS = 2_000;
const FINISH_EVENTS_MS = 500;
/** How often it is looked whether a resource cannot be watched any more, or can again. */
const WATCH_NEWS_EVERY_MS = 1_000;
/** A failure that lasts is told again this often. */
const TELL_AGAIN_MS = 60_000;

/** What a controller stands on: the world that it looks at, whom it tells, and who it is. */
export interface ControllerParts {
  readonly settings: Pick<RunSettings, "selector" | "watchNamespaces" | "namespace" | "intervalMs" | "dryRun" | "leaderElect"> &
    Partial<Pick<RunSettings, "maxRoutesPerNamespace">>;
  readonly kube: KubeApi;
  /** Null: metric signals are off. */
  readonly prometheus: PrometheusClient | null;
  readonly rules: LiveRules;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** No other process may be called the same. */
  readonly identity: string;
  /** 0..1, to spread retries. */
  readonly random: () => number;
  /** Wall clock: its times go into annotations. */
  readonly nowMs: () => number;
}

export interface ControllerCore {
  /** Begins to watch and to stand for election; looks begin once the caches are filled. */
  start(): void;
  report(): Report;
  /** Stops deciding, finishes or abandons writes, gives the lease back, and stops what else is handed in. Resolves within 5 s. */
  stop(besides?: () => Promise<void>): Promise<void>;
}

/** Puts together the rooms that look, think and act. Nothing is sent before `start`, and nothing listens. */
export function createController(parts: ControllerParts): ControllerCore {
  const { settings, kube, rules, log, telemetry, identity, nowMs } = parts;
  const stopping = new AbortController();
  const decisions = new DecisionRing();
  const observer = createEyes(parts, {
    onChange: () => heartbeat.wake(),
    onReleased: (route, why) => announcer.released(route, why, heartbeat.state.routes.get(routeKey(route))),
  });
  const leadership = createLeadership(parts, stopping.signal, () => heartbeat.wake());
  const leads = () => leadership === null || leadership.isLeader();
  const events = createEvents(parts);
  const announcer = new Announcer({
    ...{ log, telemetry, events, decisions, shiftEvent, problemEvent, reappliedEvent, acts: leads, nowMs },
    clusterEvent: (change) => clusterEvent(settings.namespace, change),
    monitoringEvent: (change) => monitoringEvent(settings.namespace, change),
    stopping: () => stopping.signal.aborted,
  });
  const pool = new WritePool({
    actuator: createActuator({
      ...{ kube, codecs: CODECS, dryRun: settings.dryRun },
      onWritten: (route, object) => observer.saw(route, object),
    }),
    mayWrite: leads,
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
      pool.take(leads() ? tick.decisions : []);
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
      // Who leads is who writes: a dry run beside the real one must not look like a second leader, nor alone as one without.
      ...{ state: heartbeat.state, leader: settings.dryRun ? null : leads(), cachesFilled, lastTickMs: heartbeat.lastTickMs },
      ...{ nowMs: nowMs(), intervalMs: settings.intervalMs, decisions: decisions.newestFirst() },
      ...{ observer: observer.health(), reload: rules.reload(), version: VERSION },
    }),
    stop: async (besides) => {
      heartbeat.stop();
      stopping.abort();
      const rest = () => [events.stop(FINISH_EVENTS_MS), besides?.(), watching];
      await stopActing(pool, leadership, rest, log);
    },
  };
}

/** Nothing is decided any more: stops writing, and then all the rest side by side. */
async function stopActing(
  pool: WritePool,
  leadership: Leadership | null,
  rest: () => readonly (Promise<void> | undefined)[],
  log: Log,
): Promise<void> {
  await pool.stop(FINISH_WRITES_MS);
  const [release] = await Promise.all([leadership?.stop() ?? null, ...rest()]);
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

/** Opens the eyes, and tells what they cannot see until the signal aborts: also before the caches are filled, when there is no tick yet. */
async function startWatching(observer: Observer, log: Log, signal: AbortSignal, onFilled: () => void): Promise<void> {
  const news = new WatchNews(log);
  const limitNews = new RouteLimitNews(log);
  const look = (): void => {
    const { resources, leftOut } = observer.health();
    news.look(resources);
    limitNews.look(leftOut);
  };
  const timer = setInterval(look, WATCH_NEWS_EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  await observer.start(signal);
  if (signal.aborted) return;
  log.info({}, "the caches are filled");
  onFilled();
}

function createEyes(
  { settings, kube, prometheus, rules, random }: ControllerParts,
  on: Pick<ObserverOptions, "onChange" | "onReleased">,
): Observer {
  return createObserver({
    kube,
    codecs: CODECS,
    prometheus,
    questions: () => questionsOf(rules.current()),
    selector: settings.selector ?? null,
    watchNamespaces: settings.watchNamespaces,
    maxRoutesPerNamespace: settings.maxRoutesPerNamespace,
    intervalMs: settings.intervalMs,
    ...on,
    clock: { nowMs: () => performance.now() },
    random,
  });
}

function createEvents({ settings, kube, identity, log, nowMs }: ControllerParts): EventWriter {
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

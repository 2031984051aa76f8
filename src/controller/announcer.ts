import type { EventWriter } from "../actuator/eventWriter.ts";
import type { PlannedWrite } from "../actuator/writePool.ts";
import {
  type Change,
  type ClusterChange,
  changesOf,
  clusterChangesOf,
  loneClientText,
  type MonitoringChange,
  monitoringChangeOf,
  reappliedText,
} from "../evaluator/explain/changes.ts";
import { decisionText } from "../evaluator/explain/explain.ts";
import type { Decision, Outcome } from "../evaluator/model/decision.ts";
import { sameSharesOf } from "../evaluator/model/sameShares.ts";
import { isReapplied, type RouteState, routeStateOf } from "../evaluator/model/state.ts";
import { type Problem, type Route, type RouteRef, routeKey } from "../routes/route.ts";
import type { DecisionRing } from "./decisionRing.ts";
import type { Tick } from "./heartbeat.ts";
import { ReapplyNews } from "./reapplyNews.ts";
import type { Telemetry } from "./telemetry.ts";

/** The text for a change of a route at rest that only a check has found. The state is right from then on, so nothing else follows. */
export const UNNOTICED = "routes were taken to rest, but have changed: please report this";

/** How many routes a log line names. */
const MOST_NAMED = 10;

/** The methods of a logger that are used. */
export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

export interface AnnouncerOptions {
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly events: Pick<EventWriter, "tell">;
  readonly decisions: DecisionRing;
  /** Renders an Event. The actuator's function, passed in because this room may import only types of that one. */
  readonly shiftEvent: (route: Route, decision: Decision, text: string) => Parameters<EventWriter["tell"]>[0];
  readonly problemEvent: (route: Route, problem: Problem) => Parameters<EventWriter["tell"]>[0];
  readonly reappliedEvent: (route: Route, manager: string, foundSo: boolean) => Parameters<EventWriter["tell"]>[0];
  readonly loneClientEvent: (route: Route, text: string) => Parameters<EventWriter["tell"]>[0];
  readonly clusterEvent: (change: ClusterChange) => Parameters<EventWriter["tell"]>[0];
  readonly monitoringEvent: (change: MonitoringChange) => Parameters<EventWriter["tell"]>[0];
  /** Whether this replica writes. The other replicas see the same changes and log them at level debug only. */
  readonly acts: () => boolean;
  /** The process is stopping: what is not written now is left to the next leader. */
  readonly stopping: () => boolean;
  readonly nowMs: () => number;
}

/** Announces what has happened in the log, in counters, in Events and in the ring of decisions. */
export class Announcer {
  readonly #options: AnnouncerOptions;
  /** By route: why the last write failed, so that the same one is not logged at every tick. */
  readonly #failures = new Map<string, string>();
  readonly #reapplies = new ReapplyNews();

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** Announces what has changed in a tick. */
  ticked(tick: Tick): void {
    const { telemetry, log } = this.#options;
    telemetry.ticked(tick.durationMs);
    for (const change of clusterChangesOf(tick.before.clusters, tick.after.clusters)) this.#cluster(change);
    const monitoring = monitoringChangeOf(tick.before, tick.after);
    if (monitoring !== null) this.#monitoring(monitoring);
    if (tick.unnoticed.length > 0) log.warn({ routes: tick.unnoticed.slice(0, MOST_NAMED) }, UNNOTICED);
    const decided = new Set(tick.decisions.map(({ route }) => route.key));
    for (const { route, before, after } of tick.evaluated) {
      if (before === after && after.brakes.length === 0 && !isReapplied(after)) continue;
      if (after.brakes.length > 0) telemetry.held(after.brakes);
      for (const change of changesOf(before, after))
        if (!isFirstTick(before) || change.kind !== "reapplied") this.#change(after.ref, change);
      this.#problems(before, after, route);
      this.#loneClient(before, after, route);
      this.#reapplied(before, after, route, decided.has(route.key));
    }
    const isThere = (key: string) => routeStateOf(tick.after, key) !== undefined;
    this.#reapplies.keep(isThere);
    for (const key of this.#failures.keys()) if (!isThere(key)) this.#failures.delete(key);
  }

  /** Announces the outcome of a decision. */
  settled({ route, decision }: PlannedWrite, outcome: Outcome): void {
    const { log, telemetry, events, decisions, shiftEvent, nowMs } = this.#options;
    const text = decisionText(decision);
    const fields = { ...fieldsOf(route), direction: decision.direction, cause: decision.cause };
    telemetry.settled(decision, outcome);
    decisions.add({ atMs: nowMs(), decision, outcome });
    switch (outcome.outcome) {
      case "written":
        this.#failures.delete(routeKey(route));
        log.info(fields, text);
        events.tell(shiftEvent(route, decision, text));
        return;
      case "dryRun":
        log.info(fields, `would have done: ${text}`);
        return;
      case "conflict":
        this.#conflicted(route, fields, text);
        return;
      case "failed":
        this.#failed(route, outcome.error, fields, text);
    }
  }

  /** Announces that a route is no longer managed. */
  released(route: Route, why: "deleted" | "unlabelled", state: RouteState | undefined): void {
    if (why === "deleted") return;
    const shifted = state !== undefined && isShifted(route, state) ? "; its weights stay shifted" : "";
    this.#options.log.info(fieldsOf(route), `no longer managed: its label was removed${shifted}`);
  }

  #change(ref: RouteRef, change: Change): void {
    const { log, acts } = this.#options;
    const level = !acts() ? "debug" : change.kind === "problem" || change.kind === "reapplied" ? "warn" : "info";
    log[level](fieldsOf(ref), change.text);
  }

  /** Announced once per cluster, not once per route. */
  #cluster(change: ClusterChange): void {
    const { log, acts, events, clusterEvent } = this.#options;
    log[!acts() ? "debug" : change.fit ? "info" : "warn"]({ cluster: change.cluster }, change.text);
    if (acts()) events.tell(clusterEvent(change));
  }

  #monitoring(change: MonitoringChange): void {
    const { log, acts, events, monitoringEvent } = this.#options;
    log[!acts() ? "debug" : change.out ? "warn" : "info"]({}, change.text);
    if (acts()) events.tell(monitoringEvent(change));
  }

  #problems(before: RouteState | undefined, after: RouteState, route: Route): void {
    const { events, problemEvent, acts } = this.#options;
    if (!acts()) return;
    for (const problem of after.problems) {
      if (before?.problems.some((p) => p.problem === problem.problem && p.text === problem.text) !== true)
        events.tell(problemEvent(route, problem));
    }
  }

  /** No write follows, so this Event alone tells the route's owner which client fails. */
  #loneClient(before: RouteState | undefined, after: RouteState, route: Route): void {
    const { events, loneClientEvent, acts } = this.#options;
    if (!acts() || !after.brakes.includes("oneClient") || before?.brakes.includes("oneClient") === true) return;
    const text = loneClientText(after);
    if (text !== null) events.tell(loneClientEvent(route, text));
  }

  /** One Event per series of re-applies; the log and the counter have each re-apply. */
  #reapplied(before: RouteState | undefined, after: RouteState, route: Route, isDecided: boolean): void {
    const { events, telemetry, reappliedEvent, acts, nowMs, log } = this.#options;
    const { key } = route;
    const manager = after.reappliedBy;
    if (manager !== null && isFirstTick(before)) {
      // It may have happened long ago, and would be counted again at each start.
      this.#reapplies.found(key, manager);
    } else if (manager !== null) {
      telemetry.reapplied(after.ref, manager);
      if (acts() && this.#reapplies.isNews(key, manager, nowMs())) events.tell(reappliedEvent(route, manager, false));
    }
    // If the same tick decides about the route, that decision is announced instead.
    const found = this.#reapplies.takeFound(key, !isReapplied(after) || isDecided, acts());
    if (found === null) return;
    log.warn(fieldsOf(after.ref), reappliedText(found, true));
    events.tell(reappliedEvent(route, found, true));
  }

  #conflicted(route: Route, fields: object, text: string): void {
    const what = `not written, the route has changed meanwhile; ${this.#next("evaluated again at the next tick")}`;
    this.#options.log[this.#isNews(route, what) ? "info" : "debug"](fields, `${what}: ${text}`);
  }

  #failed(route: Route, error: string, fields: object, text: string): void {
    const level = !this.#isNews(route, error) ? "debug" : this.#options.stopping() ? "info" : "warn";
    this.#options.log[level](fields, `not written, ${this.#next("tried again at each tick")}: ${error}; the decision was: ${text}`);
  }

  /** Whether the last write of the route did not fail for the same reason. */
  #isNews(route: Route, why: string): boolean {
    const key = routeKey(route);
    const isNews = this.#failures.get(key) !== why;
    this.#failures.set(key, why);
    return isNews;
  }

  /** What follows a failed write. */
  #next(whileRunning: string): string {
    return this.#options.stopping() ? "left to the next leader, because this replica stops" : whileRunning;
  }
}

/** Whether no rule has applied to the route before. */
function isFirstTick(before: RouteState | undefined): boolean {
  return before === undefined || before.rule === null;
}

function fieldsOf({ kind, namespace, name }: RouteRef): object {
  return { kind, namespace, name };
}

/** Decides by the live weights of this object, because the last tick may be older than our last write. */
function isShifted(route: Route, state: RouteState): boolean {
  return route.splits.some(({ name, backends }) => {
    const baseline = state.splits.find((split) => split.name === name)?.baseline;
    const live = Object.fromEntries(backends.map(({ backend, weight }) => [backend, weight]));
    return baseline !== undefined && !sameSharesOf(live, baseline);
  });
}

/**
 * controller/ — the loop, the leader election and the reports.
 *
 * Each tick takes an observation, runs the evaluator and hands on its decisions; the outcomes go to log, metrics and
 * Events. It must never decide anything itself, and never announce what has not happened.
 */

import type { Decision, Outcome } from "../evaluator/model/decision.ts";
import { initialState, type State } from "../evaluator/model/state.ts";
import { supposing } from "../evaluator/model/supposing.ts";
import { suspectsOf } from "../evaluator/model/suspects.ts";
import type { MadeDecision } from "../evaluator/record/madeDecision.ts";
import { step } from "../evaluator/step.ts";
import type { Observer } from "../observer/observer.ts";
import { Overlay } from "../routes/overlay.ts";
import { type Route, routeKey } from "../routes/route.ts";
import type { RuleSet } from "../rules/ruleSet.ts";
import { Wakeups } from "./wakeups.ts";

/** Part of the interval for which a tick waits for Prometheus; a slower answer is used by the next tick. */
const PROMETHEUS_PART_OF_INTERVAL = 0.8;

export interface HeartbeatOptions {
  readonly observer: Observer;
  readonly rules: () => RuleSet;
  readonly intervalMs: number;
  /** The name of this replica in the annotations that it writes. */
  readonly identity: string;
  /** Nothing is written. Desired weights count as written, so that each change is decided once. */
  readonly dryRun: boolean;
  /** The wall clock, for times in annotations. */
  readonly nowMs: () => number;
  readonly onTick: (tick: Tick) => void;
}

/** One tick and its result. */
export interface Tick {
  readonly atMs: number;
  readonly durationMs: number;
  readonly before: State;
  readonly after: State;
  /** The routes that were evaluated. */
  readonly routes: readonly Route[];
  readonly decisions: readonly { readonly route: Route; readonly decision: Decision }[];
  /** The same decisions with what they were made from, until the next tick: it holds the whole observation. */
  readonly made: readonly MadeDecision[];
}

/** The loop: a tick every interval with fresh metrics, and one at once when the cluster changes. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #overlay = new Overlay();
  readonly #wakeups: Wakeups;
  /** By `routeKey`: when the last write of a route landed. */
  readonly #written = new Map<string, number>();
  #state: State;
  #timer: NodeJS.Timeout | null = null;
  #soon: NodeJS.Timeout | null = null;
  #asking: Promise<unknown> | null = null;
  #running = false;
  #ticking = false;
  #again = false;
  /** By the clock of `#steadyMs`. */
  #lastTickMs: number | null = null;
  readonly #startedMs: number;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#state = initialState(options.intervalMs, options.identity);
    this.#startedMs = options.nowMs() - performance.now();
    this.#wakeups = new Wakeups(() => void this.#tickNow());
  }

  get state(): State {
    return this.#state;
  }

  /** Time of the last tick, by the present wall clock; null before the first. */
  get lastTickMs(): number | null {
    return this.#lastTickMs === null ? null : this.#options.nowMs() - (this.#steadyMs() - this.#lastTickMs);
  }

  /** Starts the loop; the caches must be filled. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#beat();
  }

  /** Runs a tick at once, because the cluster or the leader has changed. */
  wake(): void {
    if (this.#running) this.#wakeups.wake();
  }

  /** Stops the loop: no tick begins after this. */
  stop(): void {
    this.#running = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#soon !== null) clearTimeout(this.#soon);
    this.#wakeups.stop();
  }

  /** Takes the outcome of a decision. In a dry run its desired weights count as written from then on. */
  settled(decision: Decision, outcome: Outcome): void {
    if (outcome.outcome === "written" || outcome.outcome === "dryRun") this.#written.set(routeKey(decision.route), this.#steadyMs());
    if (this.#options.dryRun && outcome.outcome === "dryRun") this.#overlay.remember(decision.route, decision.desired);
  }

  /** The clock that counts waits. It begins at the wall clock's time, and cannot be set. */
  #steadyMs(): number {
    return this.#startedMs + performance.now();
  }

  async #beat(): Promise<void> {
    const { intervalMs, observer } = this.#options;
    const startedMs = performance.now();
    // A slow Prometheus must not delay readiness: meanwhile, ticks use its last answers.
    this.#asking ??= observer.observe(this.#steadyMs(), "fresh", suspectsOf(this.#state)).finally(() => {
      this.#asking = null;
    });
    await withinMs(this.#asking, intervalMs * PROMETHEUS_PART_OF_INTERVAL);
    await this.#tickNow();
    if (!this.#running) return;
    const leftMs = Math.max(0, intervalMs - (performance.now() - startedMs));
    this.#timer = setTimeout(() => void this.#beat(), leftMs);
  }

  /** Ticks never overlap: a tick that is requested during another one runs right after it. */
  async #tickNow(): Promise<void> {
    this.#again = true;
    if (this.#ticking) return;
    this.#ticking = true;
    while (this.#again && this.#running) {
      this.#again = false;
      await this.#tick();
    }
    this.#ticking = false;
  }

  /** Schedules an extra tick for a wait that ends before the next regular one. */
  #tickAgainIn(againInMs: number | null): void {
    if (this.#soon !== null) clearTimeout(this.#soon);
    this.#soon = againInMs === null ? null : setTimeout(() => this.wake(), againInMs);
  }

  async #tick(): Promise<void> {
    const { observer, nowMs, rules, dryRun, onTick } = this.#options;
    const startedMs = performance.now();
    const seen = await observer.observe(this.#steadyMs(), "last");
    if (!this.#running) return;
    const atMs = this.#steadyMs();
    const supposed = dryRun ? supposing(seen, this.#overlay.lay(seen.routes)) : seen;
    const observation = { ...supposed, wallMs: nowMs(), written: this.#written };
    const before = this.#state;
    const { state, decisions, made, againInMs } = step(before, observation, rules(), atMs);
    this.#state = state;
    this.#lastTickMs = atMs;
    for (const key of this.#written.keys()) if (!state.routes.has(key)) this.#written.delete(key);
    this.#tickAgainIn(againInMs);
    const routes = new Map(decisions.length === 0 ? [] : observation.routes.map((route) => [route.key, route]));
    const found = decisions.flatMap((decision) => {
      const route = routes.get(routeKey(decision.route));
      return route === undefined ? [] : [{ route, decision }];
    });
    onTick({ atMs, durationMs: performance.now() - startedMs, before, after: state, routes: observation.routes, decisions: found, made });
  }
}

/** Waits for the promise, at most for `limitMs`. */
async function withinMs(promise: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([promise, limit]);
  clearTimeout(timer);
}

/**
 * controller/ — the heartbeat.
 *
 * Looks, thinks, has the decisions written and tells what became of them. It must never decide anything itself: what
 * is written is what the evaluator decided, and what is told has happened.
 */

import type { Decision, Outcome } from "../evaluator/model/decision.ts";
import { initialState, type State } from "../evaluator/model/state.ts";
import { supposing } from "../evaluator/model/supposing.ts";
import { step } from "../evaluator/step.ts";
import type { Observer } from "../observer/observer.ts";
import { Overlay } from "../routes/overlay.ts";
import { type Route, routeKey } from "../routes/route.ts";
import type { RuleSet } from "../rules/ruleSet.ts";
import { Wakeups } from "./wakeups.ts";

/** Part of the interval that a tick waits for Prometheus; a slower answer is for the next one. */
const PROMETHEUS_PART_OF_INTERVAL = 0.8;

export interface HeartbeatOptions {
  readonly observer: Observer;
  readonly rules: () => RuleSet;
  readonly intervalMs: number;
  /** Who we are in the annotations that we write. */
  readonly identity: string;
  /** Desired weights count as written, since they never are. */
  readonly dryRun: boolean;
  /** Wall clock: its times go into annotations. */
  readonly nowMs: () => number;
  readonly onTick: (tick: Tick) => void;
}

/** One look, and what it led to. */
export interface Tick {
  readonly atMs: number;
  readonly durationMs: number;
  readonly before: State;
  readonly after: State;
  /** The routes that were looked at. */
  readonly routes: readonly Route[];
  readonly decisions: readonly { readonly route: Route; readonly decision: Decision }[];
}

/** The loop: a tick every interval with fresh metrics, and one at once when the cluster changes. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #overlay = new Overlay();
  readonly #wakeups: Wakeups;
  #state: State;
  #timer: NodeJS.Timeout | null = null;
  #soon: NodeJS.Timeout | null = null;
  #asking: Promise<unknown> | null = null;
  #running = false;
  #looking = false;
  #again = false;
  #lastTickMs: number | null = null;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#state = initialState(options.intervalMs, options.identity);
    this.#wakeups = new Wakeups(() => void this.#look());
  }

  get state(): State {
    return this.#state;
  }

  /** Wall-clock time of the last tick; null before the first. */
  get lastTickMs(): number | null {
    return this.#lastTickMs;
  }

  /** Begins to beat; the caches must be filled. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#beat();
  }

  /** The cluster or our standing has changed: look at once. */
  wake(): void {
    if (this.#running) this.#wakeups.wake();
  }

  /** No look begins after this. */
  stop(): void {
    this.#running = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#soon !== null) clearTimeout(this.#soon);
    this.#wakeups.stop();
  }

  /** What became of a decision. In a dry run its desired weights count as written from here on. */
  settled(decision: Decision, outcome: Outcome): void {
    if (this.#options.dryRun && outcome.outcome === "dryRun") this.#overlay.remember(decision.route, decision.desired);
  }

  async #beat(): Promise<void> {
    const { intervalMs, observer, nowMs } = this.#options;
    const startedMs = performance.now();
    // A slow Prometheus must not hold up what readiness has to say: looks go on with its last answer meanwhile.
    this.#asking ??= observer.observe(nowMs(), "fresh").finally(() => {
      this.#asking = null;
    });
    await withinMs(this.#asking, intervalMs * PROMETHEUS_PART_OF_INTERVAL);
    await this.#look();
    if (!this.#running) return;
    const leftMs = Math.max(0, intervalMs - (performance.now() - startedMs));
    this.#timer = setTimeout(() => void this.#beat(), leftMs);
  }

  /** Looks never overlap; what comes up during one is looked at right after it. */
  async #look(): Promise<void> {
    this.#again = true;
    if (this.#looking) return;
    this.#looking = true;
    while (this.#again && this.#running) {
      this.#again = false;
      await this.#tick();
    }
    this.#looking = false;
  }

  /** What waits for a moment to pass must not wait for the next tick. */
  #tickAgainIn(againInMs: number | null): void {
    if (this.#soon !== null) clearTimeout(this.#soon);
    this.#soon = againInMs === null ? null : setTimeout(() => this.wake(), againInMs);
  }

  async #tick(): Promise<void> {
    const { observer, nowMs, rules, dryRun, onTick } = this.#options;
    const startedMs = performance.now();
    const seen = await observer.observe(nowMs(), "last");
    if (!this.#running) return;
    const atMs = nowMs();
    const observation = dryRun ? supposing(seen, this.#overlay.lay(seen.routes)) : seen;
    const before = this.#state;
    const { state, decisions, againInMs } = step(before, observation, rules(), atMs);
    this.#state = state;
    this.#lastTickMs = atMs;
    this.#tickAgainIn(againInMs);
    const routes = new Map(decisions.length === 0 ? [] : observation.routes.map((route) => [route.key, route]));
    const found = decisions.flatMap((decision) => {
      const route = routes.get(routeKey(decision.route));
      return route === undefined ? [] : [{ route, decision }];
    });
    onTick({ atMs, durationMs: performance.now() - startedMs, before, after: state, routes: observation.routes, decisions: found });
  }
}

/** Waits for a promise, but not longer than this. */
async function withinMs(promise: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([promise, limit]);
  clearTimeout(timer);
}

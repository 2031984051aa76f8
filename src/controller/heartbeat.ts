/**
 * controller/ — the loop, the leader election and the reports.
 *
 * Each tick takes an observation, runs the evaluator and hands on its decisions; the outcomes go to log, metrics and
 * Events. It must never decide anything itself, and never announce what has not happened.
 */

import type { Decision, Outcome } from "../evaluator/model/decision.ts";
import type { Observation } from "../evaluator/model/observation.ts";
import { RESTLESS } from "../evaluator/model/rest.ts";
import { initialState, type RouteState, routeStateOf, type State, withAllRoutes } from "../evaluator/model/state.ts";
import { supposing } from "../evaluator/model/supposing.ts";
import { suspectsOf } from "../evaluator/model/suspects.ts";
import type { MadeDecision } from "../evaluator/record/madeDecision.ts";
import { type Step, stepInSlices } from "../evaluator/step.ts";
import type { Observer } from "../observer/observer.ts";
import { Overlay } from "../routes/overlay.ts";
import { type Route, routeKey } from "../routes/route.ts";
import type { RuleSet } from "../rules/ruleSet.ts";
import { ShownState } from "./shownState.ts";
import { SlicedWork } from "./slicedWork.ts";
import { SpreadCheck } from "./spreadCheck.ts";

/** Part of the interval for which a tick waits for Prometheus; a slower answer is used by the next tick. */
const PROMETHEUS_PART_OF_INTERVAL = 0.8;

/** How often some of the routes are evaluated that nothing has changed for. */
const CHECK_EVERY_MS = 1_000;

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
  /** The routes that were evaluated, each with its state before and after. A route that is gone is not among them. */
  readonly evaluated: readonly Evaluated[];
  /** By `routeKey`: the routes that are gone since the last tick. */
  readonly gone: readonly string[];
  /** Routes in whose state a check found a change that should have been noticed before: an error of this program. */
  readonly unnoticed: readonly string[];
  readonly decisions: readonly { readonly route: Route; readonly decision: Decision }[];
  /** The same decisions with what they were made from, until the next tick: it holds the whole observation. */
  readonly made: readonly MadeDecision[];
}

export interface Evaluated {
  readonly route: Route;
  readonly before: RouteState | undefined;
  readonly after: RouteState;
}

/** The loop: a tick over all routes every interval with fresh metrics, right after new samples if they tell when, and one over the routes that change as soon as they do. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #overlay = new Overlay();
  readonly #checks = new SpreadCheck();
  readonly #shown = new ShownState();
  /** The tick that runs now. */
  readonly #work = new SlicedWork();
  /** By `routeKey`: when the last write of a route landed. */
  #written = new Map<string, number>();
  /** The running tick reads `#written`, so it must not be changed. */
  #isWrittenLent = false;
  /** Something has changed while a tick was running. */
  #isWokenAgain = false;
  #state: State;
  #timer: NodeJS.Timeout | null = null;
  #soon: NodeJS.Timeout | null = null;
  #check: NodeJS.Timeout | null = null;
  #woken: NodeJS.Immediate | null = null;
  #asking: Promise<unknown> | null = null;
  #running = false;
  /** The next tick must evaluate every route. */
  #afresh = false;
  #rules: RuleSet | null = null;
  /** By the clock of `#steadyMs`. */
  #lastTickMs: number | null = null;
  readonly #startedMs: number;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#state = initialState(options.intervalMs, options.identity);
    this.#startedMs = options.nowMs() - performance.now();
  }

  get state(): State {
    return (this.#state = withAllRoutes(this.#state));
  }

  /** The same as it is shown: with the weights that were written since the last tick. */
  get shown(): State {
    return this.#shown.of(this.state);
  }

  stateOf(key: string): RouteState | undefined {
    return routeStateOf(this.#state, key);
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
    this.#check = setInterval(() => this.#checkSome(), CHECK_EVERY_MS);
  }

  /**
   * Runs a tick at once over the routes that have changed, or after the one that is running. All changes that have arrived by the time
   * it runs share it; none waits for more.
   */
  wake(): void {
    if (!this.#running || this.#woken !== null) return;
    this.#woken = setImmediate(() => {
      this.#woken = null;
      if (this.#work.isRunning) this.#isWokenAgain = true;
      else if (this.#running) this.#tick("changes");
    });
  }

  /** Runs a tick at once over all routes, because this replica leads now, or does not. */
  wakeAll(): void {
    this.#afresh = true;
    this.wake();
  }

  /** Stops the loop: no tick begins after this. */
  stop(): void {
    this.#running = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#soon !== null) clearTimeout(this.#soon);
    if (this.#check !== null) clearInterval(this.#check);
    if (this.#woken !== null) clearImmediate(this.#woken);
    this.#work.stop();
  }

  /** Takes the outcome of a decision. In a dry run its desired weights count as written from then on. */
  settled(decision: Decision, outcome: Outcome): void {
    const seen = this.stateOf(routeKey(decision.route))?.trace.route;
    const isNews = outcome.outcome === "written" && outcome.resourceVersion !== seen?.resourceVersion;
    if (isNews && seen !== undefined) this.#shown.note(seen, decision);
    if (outcome.outcome === "written" || outcome.outcome === "dryRun") this.#landed(routeKey(decision.route));
    if (this.#options.dryRun && outcome.outcome === "dryRun") this.#overlay.remember(decision.route, decision.desired);
  }

  #landed(key: string): void {
    if (this.#isWrittenLent) this.#written = new Map(this.#written);
    this.#isWrittenLent = false;
    this.#written.set(key, this.#steadyMs());
  }

  /** The clock that counts waits. It begins at the wall clock's time, and cannot be set. */
  #steadyMs(): number {
    return this.#startedMs + performance.now();
  }

  async #beat(): Promise<void> {
    const { intervalMs, observer } = this.#options;
    const startedMs = performance.now();
    // A slow Prometheus must not delay readiness: meanwhile, ticks use its last answers.
    this.#asking ??= observer.ask(this.#steadyMs(), suspectsOf(this.state)).finally(() => {
      this.#asking = null;
    });
    await withinMs(this.#asking, intervalMs * PROMETHEUS_PART_OF_INTERVAL);
    if (this.#work.isRunning) await this.#work.over();
    if (!this.#running) return;
    this.#tick("all");
    const lastMs = this.#startedMs + startedMs;
    const nextMs = observer.nextAskMs(lastMs) ?? lastMs + intervalMs;
    this.#timer = setTimeout(() => void this.#beat(), Math.max(0, nextMs - this.#steadyMs()));
  }

  /** Schedules an extra tick for a wait that ends before the next regular one. */
  #tickAgainIn(againInMs: number | null): void {
    if (this.#soon !== null) clearTimeout(this.#soon);
    this.#soon = againInMs === null ? null : setTimeout(() => this.wake(), againInMs);
  }

  /** Evaluates some of the routes for which nothing has changed, as a check. */
  #checkSome(): void {
    // What has just changed is evaluated first, so that it does not seem to be unnoticed. A dry run, in which
    // every tick checks all routes, is not checked.
    if (this.#woken !== null || this.#work.isRunning || this.#options.dryRun) return;
    // A route that does not rest is evaluated at every regular tick anyway, with new answers.
    const rests = (key: string) => (this.stateOf(key)?.trace.restsUntilMs ?? RESTLESS) > RESTLESS;
    const keys = this.#checks.take(this.state.routes, this.#steadyMs()).filter(rests);
    if (keys.length > 0 && this.#lastTickMs !== null) this.#tick("changes", keys);
  }

  #tick(at: "all" | "changes", checked: readonly string[] = []): void {
    const { rules, dryRun } = this.#options;
    const startedMs = performance.now();
    const now = rules();
    // Assumed weights are laid over all routes, so a dry run checks all of them.
    const isWhole = at === "all" || this.#rules !== now || this.#afresh || dryRun;
    const observation = this.#observe(isWhole ? "all" : "changes", checked);
    this.#rules = now;
    this.#afresh = false;
    const before = this.#state;
    const atMs = this.#steadyMs();
    const readMs = performance.now() - startedMs;
    const begun: Begun = { atMs, before, observation, isWhole, checked };
    this.#work.run(stepInSlices(before, observation, now, atMs), (stepped, workedMs) => this.#end(begun, stepped, readMs + workedMs));
    this.#isWrittenLent = this.#work.isRunning;
  }

  #end({ atMs, before, observation, isWhole, checked }: Begun, stepped: Step, workedMs: number): void {
    const startedMs = performance.now();
    const { state, decisions, made, evaluated, againInMs } = stepped;
    this.#isWrittenLent = false;
    this.#state = state;
    this.#lastTickMs = atMs;
    if (isWhole) for (const key of this.#written.keys()) if (!state.routes.has(key)) this.#written.delete(key);
    this.#tickAgainIn(againInMs);
    const found = decisions.flatMap((decision) => {
      const route = evaluated.get(routeKey(decision.route))?.trace.route;
      return route === undefined ? [] : [{ route, decision }];
    });
    const all = [...evaluated].map(([key, after]): Evaluated => ({ route: after.trace.route, before: routeStateOf(before, key), after }));
    const isChecked = observation.changed?.onlyThese === true && checked.length > 0 ? new Set(checked) : null;
    const unnoticed = all.filter((own) => isChecked?.has(own.route.key) === true && isUnnoticed(own, atMs)).map(({ route }) => route.key);
    const durationMs = workedMs + performance.now() - startedMs;
    const gone = goneOf(before, state, observation);
    this.#options.onTick({ atMs, durationMs, before, after: state, evaluated: all, gone, unnoticed, decisions: found, made });
    if (this.#isWokenAgain) this.wake();
    this.#isWokenAgain = false;
  }

  #observe(at: "all" | "changes", checked: readonly string[]): Observation {
    const { observer, nowMs, dryRun } = this.#options;
    const read = observer.read(this.#steadyMs(), at, checked);
    const seen = dryRun ? supposing(read, this.#overlay.lay(read.routes)) : read;
    const { changed, ...whole } = { ...seen, wallMs: nowMs(), written: this.#written };
    return this.#afresh || changed === undefined ? whole : { ...whole, changed };
  }
}

/** A tick that has begun. */
interface Begun {
  readonly atMs: number;
  readonly before: State;
  readonly observation: Observation;
  readonly isWhole: boolean;
  /** The `routeKey`s of the routes that are evaluated as a check. */
  readonly checked: readonly string[];
}

/** The routes of which there is no state any more. */
function goneOf(before: State, after: State, { changed }: Observation): readonly string[] {
  const isGone = (key: string) => routeStateOf(before, key) !== undefined && routeStateOf(after, key) === undefined;
  if (changed?.onlyThese === true) return [...changed.routes.keys()].filter(isGone);
  return before.routes === after.routes && before.recent.size === 0 ? [] : [...withAllRoutes(before).routes.keys()].filter(isGone);
}

/** Whether a route was taken to rest, and has changed all the same. */
function isUnnoticed({ route, before, after }: Evaluated, atMs: number): boolean {
  if (before === undefined || before.trace.route !== route || before.trace.restsUntilMs <= atMs) return false;
  return before.rule !== after.rule || [...after.backends].some(([name, { state }]) => before.backends.get(name)?.state !== state);
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

/**
 * simulator/ — runs the evaluator over recorded or invented time.
 *
 * Feeds frames of the past, or of a story, to the evaluator and returns its decisions. It must never read a clock, a
 * cluster or Prometheus: the time is in the frames.
 */
import type { Decision } from "../evaluator/model/decision.ts";
import type { Frame, Observation } from "../evaluator/model/observation.ts";
import { initialState, type State } from "../evaluator/model/state.ts";
import { supposing } from "../evaluator/model/supposing.ts";
import { type Suspects, suspectsOf } from "../evaluator/model/suspects.ts";
import { liveShares } from "../evaluator/model/weightHistory.ts";
import { step } from "../evaluator/step.ts";
import { Overlay } from "../routes/overlay.ts";
import { type Route, routeKey } from "../routes/route.ts";
import type { RuleSet } from "../rules/ruleSet.ts";

export interface ReplayedTick {
  readonly atMs: number;
  readonly before: State;
  readonly after: State;
  readonly decisions: readonly Decision[];
}

/**
 * Replays frames. Their routes have the weights of the recorded time; from its first decision on, a route has the decided
 * weights, until its owner changes it in the frames. Where a frame has in `sent` where the traffic really went, that counts: if it
 * went where the decided weights send it, too, the past is what they would have seen.
 */
export class Replay {
  readonly #rules: RuleSet;
  readonly #overlay = new Overlay();
  readonly #written = new Map<string, number>();
  #state: State;

  constructor(rules: RuleSet, intervalMs: number) {
    this.#rules = rules;
    this.#state = initialState(intervalMs, "replay");
  }

  /** The routes about whose clients the next frame may be asked. */
  get suspects(): Suspects {
    return suspectsOf(this.#state);
  }

  /** Evaluates the next frame, which must not be earlier than the one before. */
  tick({ atMs, observation }: Frame): ReplayedTick {
    const before = this.#state;
    const laid = this.#overlay.lay(observation.routes);
    const supposed = observation.sent === undefined ? supposing(observation, laid) : asRecorded(observation, laid, observation.sent);
    const { state, decisions } = step(before, { ...supposed, written: this.#written }, this.#rules, atMs);
    for (const decision of decisions) {
      this.#overlay.remember(decision.route, decision.desired);
      this.#written.set(routeKey(decision.route), atMs);
    }
    this.#state = state;
    return { atMs, before, after: state, decisions };
  }
}

/** A smaller difference of shares comes from the rounding of weights. */
const SAME_SHARE = 0.001;

/** The observation with these routes, and with where the traffic went in the past where that is elsewhere. */
function asRecorded(observation: Observation, routes: readonly Route[], recorded: NonNullable<Observation["sent"]>): Observation {
  const { sent: _, ...seen } = observation;
  const elsewhere = [...recorded].filter(([key, shares]) => {
    const weights = routes.find((route) => route.key === key)?.splits.map(({ backends }) => backends) ?? [];
    const supposed = liveShares(weights.map((backends) => Object.fromEntries(backends.map(({ backend, weight }) => [backend, weight]))));
    return [...shares].some(([backend, share]) => Math.abs(share - (supposed.get(backend) ?? 0)) > SAME_SHARE);
  });
  return { ...seen, routes, ...(elsewhere.length > 0 && { sent: new Map(elsewhere) }) };
}

/** Runs the evaluator over frames, the oldest first. */
export function* replay(frames: Iterable<Frame>, rules: RuleSet, intervalMs: number): Generator<ReplayedTick> {
  const past = new Replay(rules, intervalMs);
  for (const frame of frames) yield past.tick(frame);
}

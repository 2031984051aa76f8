/**
 * simulator/ — the same mind over another time.
 *
 * Feeds frames of the past, or of a made-up story, to the evaluator and tells what it would have decided. This room
 * must never touch the world: time is in the frames.
 */
import type { Decision } from "../evaluator/decision.ts";
import type { Frame, Observation } from "../evaluator/observation.ts";
import { initialState } from "../evaluator/state.ts";
import { step } from "../evaluator/step.ts";
import { Overlay } from "../routes/overlay.ts";
import type { RuleSet } from "../rules/ruleSet.ts";

/**
 * Runs the evaluator over frames. The frames' routes have the weights of their own time; from its first decision on
 * a route follows what was decided here, until its owner changes it in the frames.
 */
export function* replay(
  frames: Iterable<Frame>,
  rules: RuleSet,
  intervalMs: number,
): Generator<{ readonly atMs: number; readonly decisions: readonly Decision[] }> {
  let state = initialState(intervalMs, "replay");
  const overlay = new Overlay();
  for (const { atMs, observation } of frames) {
    const seen: Observation = { ...observation, routes: overlay.lay(observation.routes) };
    const next = step(state, seen, rules, atMs);
    state = next.state;
    for (const decision of next.decisions) overlay.remember(decision.route, decision.wish);
    yield { atMs, decisions: next.decisions };
  }
}

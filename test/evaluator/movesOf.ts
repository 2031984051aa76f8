import type { BackendState } from "../../src/evaluator/model/backendState.ts";
import type { Reason } from "../../src/evaluator/model/reason.ts";
import { reasonsOf } from "../../src/evaluator/model/state.ts";
import type { StoryTick } from "../../src/simulator/story.ts";

/** The change of each backend at a tick, with its reasons. */
export function movesOf({ before, after }: StoryTick): readonly Move[] {
  return [...after.routes].flatMap(([key, route]) =>
    [...route.backends.values()].map(({ backend, state, judgement }) => ({
      backend,
      from: before.routes.get(key)?.backends.get(backend)?.state,
      to: state,
      reasons: reasonsOf(route)
        .filter((r) => r.backend === backend)
        .map((r) => r.reason),
      verdict: judgement.verdict,
    })),
  );
}

interface Move {
  readonly backend: string;
  readonly from: BackendState | undefined;
  readonly to: BackendState;
  readonly reasons: readonly Reason[];
  readonly verdict: string;
}

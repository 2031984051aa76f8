import type { BackendMemory, Cause, Memory, SplitMemory } from "../../routes/route.ts";
import type { BackendState } from "../model/backendState.ts";
import type { Decision, Direction, SplitChange } from "../model/decision.ts";
import { type Clocks, rememberState } from "../model/memoryOf.ts";
import type { Planned } from "../model/planned.ts";
import { type RouteState, reasonsOf } from "../model/state.ts";
import type { SplitPlan, SplitState, Survey } from "../model/survey.ts";

/** The decision for desired weights that differ from the live ones: what changes, in which direction, because of which cause. */
export function decide(
  state: RouteState,
  previous: RouteState | undefined,
  { surveyed, plans }: Planned,
  { writer, ...clocks }: Clocks & { readonly writer: string },
): Decision {
  const changing = plans.filter((split) => split.differs);
  return {
    atMs: clocks.wallMs,
    route: state.ref,
    rule: state.rule ?? "",
    splits: changing.map(({ state: split }) => changeOf(split, split.live)),
    ...meaningOf(
      changing.map((split) => changeOf(split.state, split.from)),
      state,
      previous,
    ),
    reasons: reasonsOf(state),
    desired: { splits: plans.map((split) => split.desired), memory: { ...memoryOf(state, surveyed, plans, clocks), writer } },
  };
}

function changeOf({ name, baseline, desired }: SplitState, before: SplitChange["before"]): SplitChange {
  return { name, baseline, before, after: desired };
}

/** Direction and cause, from the weights and the phases alone, so that a retry has the same ones. */
function meaningOf(
  changes: readonly SplitChange[],
  state: RouteState,
  previous: RouteState | undefined,
): { direction: Direction; cause: Cause } {
  if (state.pinned !== null) return { direction: "pin", cause: "manual" };
  const losing: { readonly state: BackendState; readonly after: number }[] = [];
  const gaining: { readonly state: BackendState; readonly before: number }[] = [];
  for (const change of changes) {
    for (const [backend, before, after] of sharesBeforeAndAfter(change)) {
      const own = state.backends.get(backend)?.state;
      if (own === undefined || before === after) continue;
      if (after < before) losing.push({ state: own, after });
      else gaining.push({ state: own, before });
    }
  }
  const returning = gaining.find(({ state }) => state.phase === "returning")?.state;
  // A backend that had the steps of its return, and serves since a carrier was removed, gets the last step from that carrier.
  const lastStepSinceMs =
    gaining.find(({ state: s, before }) => before > 0 && s.phase === "serving" && s.cause !== null)?.state.sinceMs ?? 0;
  // A carrier that is out and gives a step to a returning backend is not removed: it keeps the rest.
  const removed = losing.find(
    ({ state: s, after }) => s.phase === "out" && s.sinceMs >= lastStepSinceMs && (after === 0 || returning === undefined),
  )?.state;
  if (removed?.phase === "out") return { direction: "failover", cause: removed.cause };
  const back = returning ?? gaining.find(({ state: s }) => s.phase === "serving" && s.cause !== null)?.state;
  const unpinned = previous !== undefined && previous.pinned !== null;
  if (back !== undefined && !unpinned && back.cause !== null) return { direction: "return", cause: back.cause };
  const spills = state.reasons.some(({ reason }) => reason.kind === "spill");
  const spilled = previous?.reasons.some(({ reason }) => reason.kind === "spill") === true;
  if ((spills || spilled) && !unpinned) return { direction: baselineGains(changes) ? "return" : "failover", cause: "capacity" };
  // The owner changed the backends while one with baseline weight is out, so the others share its load differently.
  const missing = [...state.backends.values()].find(
    (b) => b.state.phase === "out" && state.splits.some((s) => (s.baseline[b.backend] ?? 0) > 0),
  );
  if (missing?.state.phase === "out" && !unpinned) return { direction: "failover", cause: missing.state.cause };
  const warms = state.reasons.some(({ reason }) => reason.kind === "warm");
  return { direction: "return", cause: warms && !unpinned ? "capacity" : "manual" };
}

/** Whether a backend with baseline weight gets a larger share. */
function baselineGains(changes: readonly SplitChange[]): boolean {
  return changes.some((change) =>
    sharesBeforeAndAfter(change).some(([backend, before, after]) => after > before && (change.baseline[backend] ?? 0) > 0),
  );
}

function sharesBeforeAndAfter({ before, after }: SplitChange): readonly (readonly [backend: string, before: number, after: number])[] {
  const total = (weights: Readonly<Record<string, number>>) =>
    Math.max(
      Number.MIN_VALUE,
      Object.values(weights).reduce((sum, w) => sum + w, 0),
    );
  const sumBefore = total(before);
  const sumAfter = total(after);
  return Object.keys(after).map((backend) => [backend, (before[backend] ?? 0) / sumBefore, (after[backend] ?? 0) / sumAfter]);
}

function memoryOf(state: RouteState, { route, reconciled }: Survey, plans: readonly SplitPlan[], clocks: Clocks): Memory {
  const splits: Record<string, SplitMemory> = {};
  const digests = new Map(route.splits.map(({ name, matches }) => [name, matches]));
  for (const { desired } of plans) {
    const own = reconciled.splits[desired.name];
    if (own === undefined) continue;
    const matches = digests.get(desired.name);
    splits[desired.name] = {
      ...(matches === undefined ? {} : { matches }),
      baseline: own.owners,
      written: Object.fromEntries(desired.backends.map((b) => [b.backend, b.weight])),
    };
  }
  const backends: Record<string, BackendMemory> = {};
  for (const report of state.backends.values()) {
    const memory = rememberState(report.state, clocks);
    if (memory !== null) backends[report.backend] = memory;
  }
  return { splits, backends, primary: route.namesPrimary ? route.primary : null };
}

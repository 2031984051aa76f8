import { FIELD_MANAGER } from "../routes/lastManager.ts";
import type { Memory, Problem, Route } from "../routes/route.ts";
import { longestWindowMs } from "../rules/longestWindow.ts";
import type { Rule } from "../rules/ruleSet.ts";
import { isMeasured } from "./brakes/measured.ts";
import { unprovenReturn } from "./brakes/unprovenReturn.ts";
import { reportRoute } from "./explain/reportRoute.ts";
import { judgeRoute, type Standing } from "./health/judgeRoute.ts";
import type { BackendReport, RouteSituation } from "./model/backendReport.ts";
import type { BackendState } from "./model/backendState.ts";
import type { Decision } from "./model/decision.ts";
import { holdsBaseline } from "./model/holdsBaseline.ts";
import { recallState, recollect } from "./model/memoryOf.ts";
import type { Observation } from "./model/observation.ts";
import { detectReapply, NO_REAPPLIES } from "./model/reapply.ts";
import type { BackendReason, Brake } from "./model/reason.ts";
import { sameSharesOf } from "./model/sameShares.ts";
import type { RouteState, RouteTrace, State } from "./model/state.ts";
import { type SplitPlan, type Survey, survey } from "./model/survey.ts";
import { LATE_FAILURES_MS, remember } from "./model/weightHistory.ts";
import { movePhases } from "./phases/movePhases.ts";
import { clean } from "./phases/nextPhase.ts";
import { decide } from "./weights/decide.ts";
import { planSplit } from "./weights/desiredWeights.ts";

/** A look counts for at most this many intervals: what nobody looked at is no evidence. */
const LONGEST_LOOK_TICKS = 3;

/** Waits are over this part of the interval early. */
const TOLERANCE_OF_INTERVAL = 0.1;

/** What holds a route back that concerns others, too. */
export interface Holds {
  readonly metricsFrozen: boolean;
  readonly mustStay: boolean;
  readonly minTimeBetweenWritesMs: number;
}

export interface RouteStep {
  readonly state: RouteState;
  readonly decision: Decision | null;
  /** It could be decided only so much later; null: nothing waits for that. */
  readonly againInMs: number | null;
}

/** One look at one route that a rule judges. */
export function stepRoute(
  previous: RouteState | undefined,
  route: Route,
  observation: Observation,
  rule: Rule,
  holds: Holds,
  state: State,
  nowMs: number,
): RouteStep {
  const { memory, fromAnother } = recollect(previous, route, state.identity);
  const surveyed = survey(previous?.trace.survey ?? null, route, memory);
  const { reconciled, shares } = surveyed;
  const firstSeenMs = previous?.firstSeenMs ?? nowMs;
  const toleranceMs = state.intervalMs * TOLERANCE_OF_INTERVAL;
  const sent = observation.sent?.get(route.key);
  const history = remember(previous?.trace.history ?? [], sent ?? shares, nowMs, longestWindowMs(rule) + LATE_FAILURES_MS);
  const standings = standingsOf(previous, surveyed, fromAnother ? memory : null, nowMs);
  const look = { surveyed, rule, standings, history, firstSeenMs, toleranceMs, clusters: state.clusters.byName };
  const judgements = judgeRoute(look, observation, nowMs);
  const situation: RouteSituation = {
    nowMs,
    toleranceMs,
    shares,
    splits: surveyed.splits,
    tiers: route.tiers,
    sinceLastMs: previous === undefined ? 0 : sinceLastMs(state, nowMs),
    desiredIsLive: isDesiredLive(previous, surveyed),
    weightsSinceMs: weightsSince(sent === undefined ? history : [], nowMs),
    metricsFrozen: holds.metricsFrozen,
    mustStay: holds.mustStay,
  };
  const moved = movePhases(standings, judgements, situation, rule, previous?.backends ?? null);
  const pin = pinInForce(route, nowMs);
  if (previous !== undefined && pin === null && restsOn(previous, surveyed, moved, history, rule)) return stillAs(previous);
  const plans = surveyed.splits.map((split) => planSplit(split, route.tiers, moved, rule, pin?.backend ?? null));
  const differs = plans.some((split) => split.differs);
  const { reapplies: before = NO_REAPPLIES, source: sourceBefore = null, decidedMs = null } = previous?.trace ?? {};
  const reapply = detectReapply(before, sourceBefore, reconciled.source, route.resourceVersion, nowMs);
  const heldMs = reapply?.heldMs ?? 0;
  const tooSoonMs = Math.max(0, (decidedMs ?? Number.NEGATIVE_INFINITY) + holds.minTimeBetweenWritesMs - nowMs);
  const tooSoon = differs && !route.frozen && heldMs === 0 && tooSoonMs > 0;
  const unproven = differs && pin === null ? unprovenReturn(previous, surveyed.splits, plans, moved) : null;
  const acts = differs && !route.frozen && heldMs === 0 && !tooSoon && unproven === null;
  const reasons = routeReasons(route, plans, pin, { differs, heldMs, tooSoonMs: tooSoon ? tooSoonMs : 0, unproven }, rule);
  const trace: RouteTrace = {
    memory,
    seenText: route.memoryText,
    source: reconciled.source,
    history,
    survey: surveyed,
    reapplies: reapply === null ? before : acts ? reapply.putBack : reapply.left,
    measured: isMeasured(moved, shares),
    judgedBy: rule,
    decidedMs: acts ? nowMs : decidedMs,
  };
  const reappliedBy = reapply?.isNew === true && (differs || previous === undefined) ? otherWriterOf(route) : null;
  const next = reportRoute(surveyed, rule, firstSeenMs, pin?.backend ?? null, plans, moved, reasons, reappliedBy, trace);
  const decision = acts ? decide(next, previous, reconciled, plans, state.identity, nowMs) : null;
  return { state: next, decision, againInMs: tooSoon ? tooSoonMs : null };
}

/** Where they are only supposed, as in a dry run, nobody knows how anyone fares under them: they are never old. */
function weightsSince(history: RouteTrace["history"], nowMs: number): number {
  return history.at(-1)?.atMs ?? nowMs;
}

/** Our own `restore` is no other writer. */
function otherWriterOf({ lastManager }: Route): string | null {
  return lastManager === FIELD_MANAGER ? null : lastManager;
}

function pinInForce({ pin }: Route, nowMs: number): Route["pin"] {
  return pin !== null && (pin.untilMs === null || nowMs < pin.untilMs) ? pin : null;
}

function sinceLastMs({ lastMs, intervalMs }: State, nowMs: number): number {
  return Math.min(Math.max(0, nowMs - (lastMs ?? nowMs)), LONGEST_LOOK_TICKS * intervalMs);
}

/** Whether nothing of a route at rest has changed since the last look: then there is nothing else to make of it. */
function restsOn(
  { backends, splits, pinned, reasons, reappliedBy, trace }: RouteState,
  surveyed: Survey,
  moved: ReadonlyMap<string, BackendReport>,
  history: RouteTrace["history"],
  rule: Rule,
): boolean {
  if (backends !== moved || trace.survey !== surveyed || trace.history !== history || trace.judgedBy !== rule) return false;
  if (pinned !== null || reappliedBy !== null || reasons.length > 0) return false;
  for (let i = 0; i < splits.length; i++) {
    const atRest = surveyed.splits[i]?.atRest;
    if (atRest === undefined || atRest.differs || atRest.state !== splits[i]) return false;
  }
  return true;
}

function stillAs(state: RouteState): RouteStep {
  return { state, decision: null, againInMs: null };
}

/** A route that no rule judges, or that cannot be judged: reported, left alone. */
export function leaveAlone(previous: RouteState | undefined, route: Route, problem: Problem | null, nowMs: number): RouteState {
  const memory = route.memory ?? previous?.trace.memory ?? null;
  const weights = (split: Route["splits"][number]) => Object.fromEntries(split.backends.map((b) => [b.backend, b.weight]));
  // What was shifted before stays so while it is left alone, and whoever looks must see it.
  const remembered = survey(null, route, memory).splits;
  const splits = route.splits.map((split, i) => {
    const live = weights(split);
    return { name: split.name, live, baseline: memory === null ? live : (remembered[i]?.baseline ?? live), desired: live };
  });
  const problems = problem === null ? route.problems : [...route.problems, problem];
  const trace: RouteTrace = {
    memory,
    seenText: null,
    source: "live",
    history: [],
    reapplies: NO_REAPPLIES,
    survey: null,
    measured: false,
    judgedBy: null,
    decidedMs: previous?.trace.decidedMs ?? null,
  };
  return {
    ref: { kind: route.kind, namespace: route.namespace, name: route.name },
    rule: null,
    primary: route.primary,
    firstSeenMs: nowMs,
    frozen: route.frozen,
    pinned: null,
    shifted: memory !== null && remembered.some(({ atRest }) => atRest.isShifted),
    problems,
    splits,
    backends: new Map(),
    reasons: [],
    brakes: [],
    reappliedBy: null,
    trace,
  };
}

/** Where each backend stood before this look: as we had it, else as the annotation remembers it. */
function standingsOf(
  previous: RouteState | undefined,
  { route, reconciled, services, splits }: Survey,
  news: Memory | null,
  nowMs: number,
): readonly Standing[] {
  const standings: Standing[] = [];
  const startsOut = reconciled.source === "primaryZero" && previous?.trace.source !== "primaryZero";
  const recalled = previous === undefined ? route.memory : news;
  const isAtBaseline = previous === undefined && splits.every(({ live, baseline }) => sameSharesOf(live, baseline));
  for (const [backend, service] of services) {
    const known = previous?.backends.get(backend);
    const own = known?.state;
    const last = known ?? null;
    if (startsOut && reconciled.failedOver.includes(backend)) {
      const state: BackendState = { phase: "out", sinceMs: nowMs, relapses: 0, cause: "readiness", fromStep: false, good: null };
      standings.push({ backend, service, state, last });
    } else if (recalled === null) {
      standings.push({ backend, service, state: own ?? clean(nowMs), last });
    } else {
      const recollected = recallState(recalled.backends[backend], nowMs);
      // Our own weights tell that it may have served since only where all of them are the owner's, too: then they are no step.
      const mayServe = reconciled.source !== "ours" || isAtBaseline;
      const remembered = previous === undefined && mayServe && holdsBaseline(backend, splits) ? underLoad(recollected, nowMs) : recollected;
      // Suspicion is not in the annotation: ours stays where the other one knows of nothing.
      const stays = own?.phase === "suspect" && remembered.phase === "serving";
      standings.push({ backend, service, state: stays ? own : remembered, last });
    }
  }
  return standings;
}

/**
 * A backend that had all of its load before we came, though the annotation has it away: somebody gave it back, or nobody
 * served. It may have served for long, since a return that finds its weights in place writes nothing: what it does under
 * its load counts, not what was written once.
 */
function underLoad(state: BackendState, nowMs: number): BackendState {
  if (state.phase !== "out" && state.phase !== "returning") return state;
  return { phase: "serving", sinceMs: nowMs, relapses: state.relapses, cause: state.cause };
}

/** Whether what we last wished stands in the object. After a start what stands there is what was wished. */
function isDesiredLive(previous: RouteState | undefined, surveyed: Survey): boolean {
  if (previous === undefined) return true;
  return surveyed.splits.every(({ split, live }) => {
    const desired = previous.splits.find((s) => s.name === split.name)?.desired;
    return desired === undefined || sameSharesOf(desired, live);
  });
}

/** What keeps a wish from being written now. */
interface Held {
  readonly differs: boolean;
  readonly heldMs: number;
  readonly tooSoonMs: number;
  readonly unproven: string | null;
}

function routeReasons(
  route: Route,
  plans: readonly SplitPlan[],
  pin: Route["pin"],
  { differs, heldMs, tooSoonMs, unproven }: Held,
  { fallback: { standbyShare } }: Rule,
): readonly BackendReason[] {
  const reasons: BackendReason[] = [];
  if (route.frozen && differs) reasons.push({ backend: null, reason: { kind: "brake", brake: "frozen" } });
  if (heldMs > 0 && differs) reasons.push({ backend: null, reason: { kind: "brake", brake: "reapplied", leftMs: heldMs } });
  if (tooSoonMs > 0) reasons.push({ backend: null, reason: { kind: "brake", brake: "minTimeBetweenWrites", leftMs: tooSoonMs } });
  if (unproven !== null) reasons.push({ backend: unproven, reason: { kind: "waiting", for: "evidence", leftMs: 0, relapses: 0 } });
  if (pin !== null) reasons.push({ backend: pin.backend, reason: { kind: "pinned", untilMs: pin.untilMs } });
  const heldBy = (brake: Brake) => plans.some((split) => split.heldBy === brake);
  if (heldBy("noneFit")) reasons.push({ backend: null, reason: { kind: "brake", brake: "noneFit" } });
  if (heldBy("warmUp")) reasons.push({ backend: null, reason: { kind: "brake", brake: "warmUp", awaits: "gateway" } });
  for (const { desired, spilled } of plans) {
    if (spilled !== undefined) reasons.push({ backend: null, reason: { kind: "spill", split: desired.name, loads: spilled } });
  }
  if (standbyShare > 0) reasons.push({ backend: null, reason: { kind: "warm", share: standbyShare } });
  return reasons;
}

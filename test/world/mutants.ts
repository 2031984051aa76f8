import type { BackendState } from "../../src/evaluator/model/backendState.ts";
import type { Answer, Counts, Endpoints, Observation, RequestCounts } from "../../src/evaluator/model/observation.ts";
import type { nextPhase, Transition } from "../../src/evaluator/phases/nextPhase.ts";
import type { Step, step } from "../../src/evaluator/step.ts";
import type { JsonPatch, Memory, Route } from "../../src/routes/route.ts";
import { weightOfAll } from "../../src/routes/weight.ts";

/** A deliberate bug in one or more functions; functions that it does not replace stay as they are. */
export interface Mutant {
  /** The property that it breaks, as in violations. */
  readonly property: string;
  readonly bug: string;
  /** Seed of the story that detects it. */
  readonly seed: number;
  readonly read?: (route: Route) => Route;
  readonly patch?: (patch: JsonPatch) => JsonPatch;
  readonly step?: (real: typeof step, given: Parameters<typeof step>) => Step;
  readonly nextPhase?: (real: typeof nextPhase, given: Parameters<typeof nextPhase>) => Transition;
  readonly ignoresMaxShifted?: boolean;
}

/** Longer than a new leader needs after a crash. */
const BLIND_MS = 20_000;
const WEIGHT_PATH = /\/weight$/;

/**
 * At least one for each property, except for P11: a single story cannot show that another run would differ; and for P2, which
 * `checkTakers.test.ts` shows.
 */
export const MUTANTS: readonly Mutant[] = [
  { property: "P1", bug: "writes only zero weights", seed: 1, patch: losesWeights },
  { property: "P3", bug: "returns without a wait, even after relapses", seed: 1, nextPhase: waitsForNothing },
  { property: "P4", bug: "reads a missing answer as total failure of the first backend", seed: 2, step: takesSilenceForFailure },
  { property: "P5", bug: "counts endpoints that are not ready as ready", seed: 3, step: seesAllReady },
  { property: "P5", bug: "never reads metrics", seed: 124, step: readsNoMetrics },
  { property: "P6", bug: "never takes the last step of a return", seed: 1, nextPhase: staysReturning },
  { property: "P7", bug: "skips every second step of a return", seed: 2, nextPhase: skipsSteps },
  { property: "P8", bug: "writes without the guard", seed: 1, patch: (patch) => patch.slice(1) },
  { property: "P9", bug: "assumes for a while after its start that all endpoints are ready", seed: 31, step: trustsBlindlyAtFirst },
  { property: "P10", bug: "ignores freezes", seed: 1, read: (route) => ({ ...route, frozen: false }) },
  { property: "P12", bug: "lets any number of routes leave by metrics", seed: 477, ignoresMaxShifted: true },
  { property: "P13", bug: "handles an owner's edit as a re-apply of the remembered baseline", seed: 1, read: knowsBetter },
  { property: "P14", bug: "adds a label to routes that it writes", seed: 1, patch: leavesMark },
  { property: "P15", bug: "swaps the metrics of two backends", seed: 3, step: confusesLeaves },
];

function losesWeights(patch: JsonPatch): JsonPatch {
  return patch.map((one) => (one.op === "replace" && WEIGHT_PATH.test(one.path) ? { ...one, value: 0 } : one));
}

function leavesMark(patch: JsonPatch): JsonPatch {
  return patch.length === 0 ? patch : [...patch, { op: "add", path: "/metadata/labels/moved-by", value: "linkerd-failover" }];
}

function waitsForNothing(real: typeof nextPhase, [state, tick, rule]: Parameters<typeof nextPhase>): Transition {
  return real(state, tick, { ...rule, recoverAfterMs: 0, damping: { ...rule.damping, factor: 1, maxMs: 0 } });
}

function staysReturning(real: typeof nextPhase, [state, tick, rule]: Parameters<typeof nextPhase>): Transition {
  const next = real(state, tick, rule);
  return state.phase === "returning" && next.state.phase === "serving" ? { ...next, state } : next;
}

function skipsSteps(real: typeof nextPhase, [state, tick, rule]: Parameters<typeof nextPhase>): Transition {
  const next = real(state, tick, rule);
  const before: BackendState = state;
  if (before.phase !== "out" || next.state.phase !== "returning" || rule.return.steps.length < 2) return next;
  return { ...next, state: { ...next.state, step: 1 } };
}

function takesSilenceForFailure(real: typeof step, [state, observation, rules, nowMs]: Parameters<typeof step>): Step {
  const { metrics } = observation;
  if (metrics === null) return real(state, observation, rules, nowMs);
  const services = observation.routes.flatMap((route) =>
    route.splits.flatMap((split) => split.backends.map(({ backend }, i) => [`${route.namespace}/${backend}`, i === 0] as const)),
  );
  const leaves = new Map(services.map(([service, isFirst]) => [service, { total: 1_000, failures: isFirst ? 1_000 : 0 }]));
  const requests = new Map(
    [...metrics.requests].map(([window, answer]) => [
      window,
      answer.state === "failed" ? { state: "answered" as const, value: { leaves, apexes: new Map(), routes: new Map() } } : answer,
    ]),
  );
  return real(state, { ...observation, metrics: { ...metrics, requests } }, rules, nowMs);
}

function seesAllReady(real: typeof step, [state, observation, rules, nowMs]: Parameters<typeof step>): Step {
  return real(state, allReady(observation), rules, nowMs);
}

function allReady(observation: Observation): Observation {
  const ready: Endpoints = { state: "counted", ready: 1, notReady: 0 };
  const get = (service: string) => (observation.endpoints.get(service) === undefined ? undefined : ready);
  return { ...observation, endpoints: { get } };
}

function readsNoMetrics(real: typeof step, [state, observation, rules, nowMs]: Parameters<typeof step>): Step {
  return real(state, { ...observation, metrics: null }, rules, nowMs);
}

function trustsBlindlyAtFirst(real: typeof step, [state, observation, rules, nowMs]: Parameters<typeof step>): Step {
  const firstMs = Math.min(nowMs, ...[...state.routes.values()].map(({ firstSeenMs }) => firstSeenMs));
  if (nowMs - firstMs > BLIND_MS) return real(state, observation, rules, nowMs);
  const routes = observation.routes.map((route) => ({
    ...route,
    memory: route.memory === null ? null : { ...route.memory, backends: {} },
  }));
  return real(state, allReady({ ...observation, routes }), rules, nowMs);
}

/** Swaps the counts of the first two backends of each route. */
function confusesLeaves(real: typeof step, [state, observation, rules, nowMs]: Parameters<typeof step>): Step {
  const { metrics } = observation;
  if (metrics === null) return real(state, observation, rules, nowMs);
  const requests = new Map(
    [...metrics.requests].map(([window, answer]): [number, Answer<RequestCounts>] => {
      if (answer.state === "failed") return [window, answer];
      const leaves = new Map(answer.value.leaves);
      const backends = new Map(answer.value.backends);
      for (const { key, namespace, splits } of observation.routes) {
        const [one, other] = (splits[0]?.backends ?? []).map(({ backend }) => `${namespace}/${backend}`);
        if (one === undefined || other === undefined) continue;
        swap(leaves, one, other);
        const own = new Map(backends.get(key));
        swap(own, one, other);
        if (own.size > 0) backends.set(key, own);
      }
      return [window, { ...answer, value: { ...answer.value, leaves, backends } }];
    }),
  );
  return real(state, { ...observation, metrics: { ...metrics, requests } }, rules, nowMs);
}

function swap(counts: Map<string, Counts>, one: string, other: string): void {
  const ofOne = counts.get(one);
  const ofOther = counts.get(other);
  if (ofOne !== undefined && ofOther !== undefined) counts.set(one, ofOther).set(other, ofOne);
}

function knowsBetter(route: Route): Route {
  if (route.memory === null) return route;
  const memory: Memory = { ...route.memory, splits: { ...route.memory.splits } };
  const written = Object.fromEntries(
    route.splits.flatMap((split) => split.backends.map(({ backend, entries }) => [backend, weightOfAll(entries.map((e) => e.spelling))])),
  );
  const splits = Object.fromEntries(Object.entries(memory.splits).map(([name, { baseline }]) => [name, { baseline, written }]));
  return { ...route, memory: { ...memory, splits } };
}

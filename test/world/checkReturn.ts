import type { BackendMemory } from "../../src/routes/route.ts";
import { weightOfAll } from "../../src/routes/weight.ts";
import type { Rule } from "../../src/rules/ruleSet.ts";
import type { ApiObject } from "./apiResource.ts";
import { phasesOf, sharesIn, splitMemoriesOf } from "./remembered.ts";
import { servicesOf, splitsOf } from "./sceneRoute.ts";

export interface ReturnContext {
  readonly rule: Rule;
  /** Waits end at a tick, which can be a little early. */
  readonly intervalMs: number;
  /** Current time by the writer's clock. */
  readonly writerNowMs: number;
  /** Time since the write that gave this backend its phase and step; it may have had them before if no backend served. */
  placedForMs(service: string): number;
  /** The previous write used another clock, or the clock was set in between, so their times cannot be compared. */
  readonly clockChanged: boolean;
}

/** With a smaller baseline share, steps may not be visible in integer weights. */
const LEAST_SHARE_OF_STEPS = 0.25;
/** Maximum time between a decision and its write while the API works. */
const DECIDED_WITHIN_MS = 1_000;

/**
 * P3 and P7: a backend that is out waits as long as its rule and its relapses require, then gets every step in order, each for
 * its time. Exempt is a backend that already has the load of its baseline, or that no other backend can replace. The caller
 * skips writes after another writer's, a change of rules or a pin.
 */
export function checkReturn(before: ApiObject, after: ApiObject, context: ReturnContext): string | null {
  const was = phasesOf(before);
  const is = phasesOf(after);
  for (const service of servicesOf({ splits: splitsOf(after) })) {
    const from = was[service];
    if (from === undefined || from.phase === "serving" || is[service]?.phase === "out") continue;
    const hasLoad = splitsOf(before).some((split) => (sharesIn(split).get(service) ?? 0) > 0);
    const wrong =
      wrongWait(from, is[service], hasLoad, context) ??
      (isExempt(service, before, was, is, context) ? null : wrongStep(from, is[service], context.placedForMs(service), context));
    if (wrong !== null) return `${service} ${wrong}`;
  }
  return null;
}

function wrongWait(
  from: BackendMemory,
  to: BackendMemory | undefined,
  hasLoad: boolean,
  { rule, intervalMs, clockChanged }: ReturnContext,
): string | null {
  // A backend without memory has no time; the memory is removed long after the return.
  if (from.phase !== "out" || to === undefined || clockChanged) return null;
  const { factor, maxMs } = rule.damping;
  // A carrier that serves again needs no trial, so its relapses do not count.
  const relapses = hasLoad && to.phase === "serving" ? 0 : (from.relapses ?? 0);
  const dueMs = Math.max(rule.recoverAfterMs, Math.min(rule.recoverAfterMs * factor ** relapses, maxMs));
  const waitedMs = to.sinceMs - from.sinceMs;
  return waitedMs >= dueMs - intervalMs ? null : `(P3) returns after ${waitedMs} ms, not ${dueMs} ms`;
}

function wrongStep(
  from: BackendMemory,
  to: BackendMemory | undefined,
  placedForMs: number,
  { rule, intervalMs, clockChanged, writerNowMs }: ReturnContext,
): string | null {
  const { steps, everyMs } = rule.return;
  const done = from.phase === "returning" ? (from.step ?? 0) + 1 : 0;
  const now = to?.phase === "returning" ? (to.step ?? 0) : steps.length;
  if (now > done && done < steps.length) return `(P7) goes from step ${done} to step ${now} of ${steps.length}`;
  // The backend has not advanced; another backend caused the write.
  if (from.phase !== "returning" || now < done) return null;
  const stoodMs = clockChanged ? placedForMs : writerNowMs - from.sinceMs;
  return stoodMs >= everyMs - intervalMs ? null : `(P7) goes on from step ${done} after ${stoodMs} ms, not ${everyMs} ms`;
}

type Phases = Readonly<Record<string, BackendMemory>>;

/** Whether one of the backend's splits shows no steps of its return. */
function isExempt(service: string, before: ApiObject, was: Phases, is: Phases, { writerNowMs }: ReturnContext): boolean {
  const remembered = splitMemoriesOf(before);
  const serves = (phases: Phases, backend: string) => (phases[backend]?.phase ?? "serving") === "serving";
  return splitsOf(before).some((split) => {
    const shares = sharesIn(split);
    if (!shares.has(service)) return false;
    const baseline = remembered.get(split.name)?.baseline ?? {};
    const sum = Object.values(baseline).reduce((total, spellings) => total + weightOfAll(spellings), 0);
    const own = weightOfAll(baseline[service] ?? []) / sum;
    // A backend that left without a write was the last one that served; others may serve by now, or this one again.
    const others = [...shares.keys()].filter((backend) => backend !== service);
    const leftUnseen = (backend: string) => {
      const now = is[backend];
      if (!serves(was, backend) || now === undefined || now.sinceMs === was[backend]?.sinceMs) return false;
      return now.phase !== "out" || now.sinceMs < writerNowMs - DECIDED_WITHIN_MS;
    };
    const noneServes = others.every((backend) => !serves(was, backend)) || others.some(leftUnseen);
    return noneServes || !(own >= LEAST_SHARE_OF_STEPS) || (shares.get(service) ?? 0) >= own - 1e-9;
  });
}

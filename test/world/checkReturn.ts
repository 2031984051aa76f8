import type { BackendMemory } from "../../src/routes/route.ts";
import { weightOfAll } from "../../src/routes/weight.ts";
import type { Rule } from "../../src/rules/ruleSet.ts";
import type { ApiObject } from "./apiResource.ts";
import { memoryOf, phasesOf, sharesIn } from "./remembered.ts";
import { servicesOf, splitsOf } from "./sceneRoute.ts";

export interface ReturnContext {
  readonly rule: Rule;
  /** Waits end at a tick, and a tick may come a little soon. */
  readonly intervalMs: number;
  /** Now, by the clock of who writes. */
  readonly writerNowMs: number;
  /** Time since the write that gave this backend the place in which it was; it may have had it before, where nobody served. */
  placedForMs(service: string): number;
  /** The clock of who writes now is another's than that of the write before, or was set in between: their times tell nothing together. */
  readonly clockChanged: boolean;
}

/** So small a part of the load cannot be told from none once weights are whole numbers: its steps may show in no write. */
const LEAST_SHARE_OF_STEPS = 0.25;
/** What a write tells of was decided so lately, where the API is well. */
const DECIDED_WITHIN_MS = 1_000;

/**
 * P3 and P7: a backend that was out waits as long as its rule and its relapses say before it gets anything, and then gets
 * every step, one after the other, each for its time. Exempt is who has its baseline's load anyway, or nobody else to hold
 * it: there is nothing to return by steps. The caller leaves out writes after somebody else's, a change of rules or a pin.
 */
export function checkReturn(before: ApiObject, after: ApiObject, context: ReturnContext): string | null {
  const was = phasesOf(before);
  const is = phasesOf(after);
  for (const service of servicesOf({ splits: splitsOf(after) })) {
    const from = was[service];
    if (from === undefined || from.phase === "serving" || is[service]?.phase === "out") continue;
    const wrong =
      wrongWait(from, is[service], context) ??
      (isExempt(service, before, was, is, context) ? null : wrongStep(from, is[service], context.placedForMs(service), context));
    if (wrong !== null) return `${service} ${wrong}`;
  }
  return null;
}

function wrongWait(from: BackendMemory, to: BackendMemory | undefined, { rule, intervalMs, clockChanged }: ReturnContext): string | null {
  // A clean record tells no time; it is given only long after.
  if (from.phase !== "out" || to === undefined || clockChanged) return null;
  const { factor, maxMs } = rule.damping;
  const dueMs = Math.max(rule.recoverAfterMs, Math.min(rule.recoverAfterMs * factor ** (from.relapses ?? 0), maxMs));
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
  // It has not got further: somebody else has.
  if (from.phase !== "returning" || now < done) return null;
  const stoodMs = clockChanged ? placedForMs : writerNowMs - from.sinceMs;
  return stoodMs >= everyMs - intervalMs ? null : `(P7) goes on from step ${done} after ${stoodMs} ms, not ${everyMs} ms`;
}

type Phases = Readonly<Record<string, BackendMemory>>;

/** By the splits in which it is a backend: there is nothing to see where one of them gives no steps. */
function isExempt(service: string, before: ApiObject, was: Phases, is: Phases, { writerNowMs }: ReturnContext): boolean {
  const remembered = memoryOf(before)?.splits ?? {};
  const serves = (phases: Phases, backend: string) => (phases[backend]?.phase ?? "serving") === "serving";
  return splitsOf(before).some((split) => {
    const shares = sharesIn(split);
    if (!shares.has(service)) return false;
    const baseline = remembered[split.name]?.baseline ?? {};
    const sum = Object.values(baseline).reduce((total, spellings) => total + weightOfAll(spellings), 0);
    const own = weightOfAll(baseline[service] ?? []) / sum;
    // Who left, and no write followed, was the last one: nobody has served since, though some may by now, even that one.
    const others = [...shares.keys()].filter((backend) => backend !== service);
    const leftUnseen = (backend: string) => {
      const now = is[backend];
      if (!serves(was, backend) || now === undefined || now.sinceMs === was[backend]?.sinceMs) return false;
      return now.phase !== "out" || now.sinceMs < writerNowMs - DECIDED_WITHIN_MS;
    };
    const nobodyServes = others.every((backend) => !serves(was, backend)) || others.some(leftUnseen);
    return nobodyServes || !(own >= LEAST_SHARE_OF_STEPS) || (shares.get(service) ?? 0) >= own - 1e-9;
  });
}

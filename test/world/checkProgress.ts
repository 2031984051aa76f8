import { weightOf } from "../../src/routes/weight.ts";
import type { Rule } from "../../src/rules/ruleSet.ts";
import { paceOf, ruleOf } from "./drawRules.ts";
import { isManaged } from "./owner.ts";
import { sharesIn } from "./remembered.ts";
import { keyOf, type SceneRoute, type SceneSplit, splitsOf } from "./sceneRoute.ts";
import type { SeededWorld } from "./seededWorld.ts";
import { LOST_BEFORE_SPILL } from "./simulatedMesh.ts";

/** When something around was last not as it should be. */
export interface LastTroubled {
  readonly apiMs: number;
  readonly prometheusMs: number;
}

/** A silent watch, a lost leader: so long it takes beside what metrics need. */
const OVERCOME_MS = 25_000;
const SILENT_WATCH_MS = 75_000;
/** With fewer requests a second a success rate may be too quiet to be judged. */
const ENOUGH_REQUESTS = 20;
/** A sick backend that is given a try gets no more than a first step. */
const MOST_ON_TRIAL = 0.3;

/**
 * P5. Sees to it that something happens at all: a backend that has long been without a ready endpoint carries nothing while
 * another one has one, and one that has long failed most requests carries little while another one is well. Returns
 * what is late.
 */
export function checkProgress(world: SeededWorld, troubled: LastTroubled): readonly string[] {
  const { scene, owner, routes, judge, time, fleet } = world;
  // Everything around must have been in order for so long before a controller counts as late.
  const patienceMs = Math.max(SILENT_WATCH_MS, paceOf(fleet.rules, scene).toldMs) + OVERCOME_MS;
  if (time.nowMs - troubled.apiMs < patienceMs || ruleOf(fleet.rules).whenNoneFit === "hold") return [];
  return owner.routes().flatMap((route) => {
    const key = keyOf(route);
    const object = routes.byKey.get(key);
    const annotations = object?.metadata.annotations;
    const isHeld = annotations?.["failover.linkerd.io/freeze"] === "true" || annotations?.["failover.linkerd.io/pin"] !== undefined;
    if (object === undefined || isHeld || !isManaged(object) || time.nowMs - judge.foreignMs(key) < patienceMs) return [];
    const withMetrics = time.nowMs - troubled.prometheusMs >= patienceMs && !isBraked(world, key);
    const late = splitsOf(object).flatMap((split) => [
      ...unreadyCarriers(world, route, split, patienceMs),
      ...(withMetrics ? sickCarriers(world, route, split, patienceMs) : []),
    ]);
    return late.map((what) => `P5: ${key} still sends ${what}`);
  });
}

/** Whether so many others leave by metrics that the operator's own limit keeps this one: that it keeps no more than it may is P12. */
function isBraked({ fleet }: SeededWorld, key: string): boolean {
  const reports = [...fleet.replicas].map(({ controller }) => controller.report());
  return reports.some(({ leader, state }) => leader && state.routes.get(key)?.brakes.includes("maxShifted") === true);
}

function unreadyCarriers(world: SeededWorld, { namespace }: SceneRoute, split: SceneSplit, patienceMs: number): readonly string[] {
  const { readiness, mesh, time } = world;
  const backends = split.backends.map(({ service, weight }) => {
    const key = `${namespace}/${service}`;
    const { unreachable, sinceMs } = mesh.behaviourOf(key);
    // Behind a dead gateway are ready endpoints, too.
    const canServe = !unreachable && time.nowMs - sinceMs >= patienceMs;
    return { service, weight: weightOf(weight), canServe, ...readiness.of(key) };
  });
  const settled = backends.filter(({ forMs }) => forMs >= patienceMs);
  if (!settled.some(({ ready, canServe }) => ready && canServe)) return [];
  const wrong = settled.filter(({ ready, weight }) => !ready && weight > 0);
  return wrong.map(({ service, weight }) => `${weight} to ${service}, which has long had no ready endpoint`);
}

/** Whether so many failures a second are surely enough to be judged, though they come by chance. */
function canConvict({ signals: { successRate } }: Rule, failuresASecond: number): boolean {
  return successRate !== undefined && (failuresASecond * successRate.windowMs) / 1_000 >= 2 * successRate.minRequests;
}

function sickCarriers(world: SeededWorld, route: SceneRoute, split: SceneSplit, patienceMs: number): readonly string[] {
  const { readiness, mesh, time, scene, fleet, judge } = world;
  const { namespace, rate, splits } = route;
  if (rate / splits.length < ENOUGH_REQUESTS || ruleOf(fleet.rules).return.steps.length === 0) return [];
  const pace = paceOf(fleet.rules, scene);
  const backends = [...sharesIn(split)].map(([service, share]) => {
    const key = `${namespace}/${service}`;
    const { good, unreachable, sinceMs } = mesh.behaviourOf(key);
    const { ready, forMs } = readiness.of(key);
    return {
      service,
      share,
      ready,
      forMs: Math.min(forMs, time.nowMs - sinceMs),
      well: ready && !unreachable && good === 1,
      // Whose failures those are that reached nobody, a route of several splits does not tell.
      bad: (unreachable && splits.length === 1 && canConvict(ruleOf(fleet.rules), LOST_BEFORE_SPILL * share * rate)) || good < 0.5,
      // A try may be too short for metrics to tell of it, and then all is given back for as long as they need.
      givenForMs: time.nowMs - judge.gainedMs(keyOf(route), service),
    };
  });
  if (!backends.some(({ well, forMs }) => well && forMs >= patienceMs + pace.longestWaitMs + pace.returnMs)) return [];
  const isLate = ({ forMs, givenForMs }: (typeof backends)[number]) => Math.min(forMs, givenForMs) >= patienceMs;
  const wrong = backends.filter((backend) => backend.bad && backend.ready && isLate(backend) && backend.share > MOST_ON_TRIAL);
  return wrong.map(({ service, share }) => `${Math.round(share * 100)} % to ${service}, which has long failed`);
}

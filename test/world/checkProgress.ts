import { weightOf } from "../../src/routes/weight.ts";
import type { Rule } from "../../src/rules/ruleSet.ts";
import { paceOf, ruleOf } from "./drawRules.ts";
import { isManaged } from "./owner.ts";
import { sharesIn } from "./remembered.ts";
import { keyOf, type SceneRoute, type SceneSplit, splitsOf } from "./sceneRoute.ts";
import type { SeededWorld } from "./seededWorld.ts";

/** When the API or Prometheus was last in trouble. */
export interface LastTroubled {
  readonly apiMs: number;
  readonly prometheusMs: number;
}

/** Time to replace a lost leader and to notice a silent watch, in addition to the time that metrics need. */
const OVERCOME_MS = 25_000;
const SILENT_WATCH_MS = 75_000;
/** Requests per second; with fewer, a success rate may be too quiet to be judged. */
const ENOUGH_REQUESTS = 20;
/** A failing backend that returns gets no more than the first step. */
const MOST_ON_TRIAL = 0.3;

/**
 * P5: the controller acts in time. A backend without ready endpoints for long carries nothing while another one has some. A
 * backend that fails most requests for long carries little while another one is healthy. Returns what is late.
 */
export function checkProgress(world: SeededWorld, troubled: LastTroubled): readonly string[] {
  const { scene, owner, routes, judge, time, fleet } = world;
  // A controller counts as late only after this time without trouble.
  const patienceMs = Math.max(SILENT_WATCH_MS, paceOf(fleet.rules, scene).fullEvidenceMs) + OVERCOME_MS;
  if (time.nowMs - troubled.apiMs < patienceMs || ruleOf(fleet.rules).whenNoneFit === "hold") return [];
  return owner.routes().flatMap((route) => {
    const key = keyOf(route);
    const object = routes.byKey.get(key);
    const annotations = object?.metadata.annotations;
    const isHeld = annotations?.["failover.linkerd.io/freeze"] === "true" || annotations?.["failover.linkerd.io/pin"] !== undefined;
    if (object === undefined || isHeld || !isManaged(object) || time.nowMs - judge.foreignMs(key) < patienceMs) return [];
    const withMetrics = time.nowMs - troubled.prometheusMs >= patienceMs && !isBraked(world, key, patienceMs);
    const late = splitsOf(object).flatMap((split) => [
      ...unreadyCarriers(world, route, split, patienceMs),
      ...(withMetrics ? sickCarriers(world, route, split, patienceMs) : []),
    ]);
    return late.map((what) => `P5: ${key} still sends ${what}`);
  });
}

/** Whether the brake `maxShifted` holds this route, and may: lately as many routes as it allows have left. P12 checks that it allows no more. */
function isBraked({ fleet, judge, time }: SeededWorld, key: string, patienceMs: number): boolean {
  if (time.nowMs - judge.departuresFullMs > patienceMs) return false;
  const reports = [...fleet.replicas].map(({ controller }) => controller.report());
  return reports.some(({ leader, state }) => leader && state.routes.get(key)?.brakes.includes("maxShifted") === true);
}

function unreadyCarriers(world: SeededWorld, { namespace }: SceneRoute, split: SceneSplit, patienceMs: number): readonly string[] {
  const { readiness, mesh, time } = world;
  const backends = split.backends.map(({ service, weight }) => {
    const key = `${namespace}/${service}`;
    const { unreachable, sinceMs } = mesh.behaviourOf(key);
    // A backend behind a dead gateway can have ready endpoints, too.
    const canServe = !unreachable && time.nowMs - sinceMs >= patienceMs;
    return { service, weight: weightOf(weight), canServe, ...readiness.of(key) };
  });
  const settled = backends.filter(({ forMs }) => forMs >= patienceMs);
  if (!settled.some(({ ready, canServe }) => ready && canServe)) return [];
  const wrong = settled.filter(({ ready, weight }) => !ready && weight > 0);
  return wrong.map(({ service, weight }) => `${weight} to ${service}, which has long had no ready endpoint`);
}

/** Whether this many failures per second are enough to be judged, although they are random. */
function canConvict({ signals: { successRate } }: Rule, failuresASecond: number): boolean {
  return successRate !== undefined && (failuresASecond * successRate.windowMs) / 1_000 >= 2 * successRate.minRequests;
}

function sickCarriers(world: SeededWorld, route: SceneRoute, split: SceneSplit, patienceMs: number): readonly string[] {
  const { readiness, mesh, time, scene, fleet, judge } = world;
  const { namespace, rate, splits } = route;
  if (rate / splits.length < ENOUGH_REQUESTS || ruleOf(fleet.rules).return.steps.length === 0) return [];
  // Between bursts nothing shows a failure, so the first burst may have begun a moment ago. What it costs is for P15 to judge.
  if ((mesh.traffic.get(keyOf(route))?.batches ?? null) !== null) return [];
  const pace = paceOf(fleet.rules, scene);
  const carriers = split.backends.filter(({ weight }) => weightOf(weight) > 0);
  // What a dead backend does not answer, the proxies send to another one that has weight.
  const areLost =
    splits.length === 1 &&
    carriers.every(({ service }) => !mesh.isReachable(`${namespace}/${service}`)) &&
    canConvict(ruleOf(fleet.rules), rate);
  const backends = [...sharesIn(split)].map(([service, share]) => {
    const key = `${namespace}/${service}`;
    const { good, unreachable, sinceMs } = mesh.behaviourOf(key);
    const { ready, forMs } = readiness.of(key);
    return {
      service,
      share,
      ready,
      forMs: Math.min(forMs, time.nowMs - sinceMs),
      well: mesh.isWell(key),
      // If a route has several splits, failures that reached no backend cannot be attributed to one.
      bad: (unreachable && areLost) || good < 0.5,
      // A return can be too short for metrics to detect failures; then the backend keeps its load until they do.
      givenForMs: time.nowMs - judge.gainedMs(keyOf(route), service),
    };
  });
  if (!backends.some(({ well, forMs }) => well && forMs >= patienceMs + pace.longestWaitMs + pace.returnMs)) return [];
  const isLate = ({ forMs, givenForMs }: (typeof backends)[number]) => Math.min(forMs, givenForMs) >= patienceMs;
  const wrong = backends.filter((backend) => backend.bad && backend.ready && isLate(backend) && backend.share > MOST_ON_TRIAL);
  return wrong.map(({ service, share }) => `${Math.round(share * 100)} % to ${service}, which has long failed`);
}

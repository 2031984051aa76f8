import type { ApiObject } from "./apiResource.ts";
import { isManaged, splitPath } from "./owner.ts";
import type { SceneSplit } from "./scene.ts";
import type { SeededWorld } from "./seededWorld.ts";
import { weightsOf } from "./simulatedMesh.ts";

/** When something around was last not as it should be. */
export interface LastTroubled {
  readonly apiMs: number;
  readonly prometheusMs: number;
}

/** So long everything around must have been in order before a controller counts as late. */
const PATIENCE_MS = 100_000;
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
  const { scene, double, judge, time } = world;
  if (time.nowMs - troubled.apiMs < PATIENCE_MS || scene.rules.rules.some(({ whenNoneFit }) => whenNoneFit === "hold")) return [];
  return scene.splits.flatMap((split) => {
    const key = `${split.namespace}/${split.name}`;
    const object = double.get(splitPath(split.namespace, split.name));
    const annotations = object?.metadata.annotations;
    const isHeld = annotations?.["failover.linkerd.io/freeze"] === "true" || annotations?.["failover.linkerd.io/pin"] !== undefined;
    if (object === null || isHeld || !isManaged(object) || time.nowMs - judge.foreignMs(key) < PATIENCE_MS) return [];
    const late = [...unreadyCarriers(world, split, object)];
    if (time.nowMs - troubled.prometheusMs >= PATIENCE_MS) late.push(...sickCarriers(world, split, object));
    return late.map((what) => `P5: ${key} still sends ${what}`);
  });
}

function unreadyCarriers({ readiness }: SeededWorld, { namespace }: SceneSplit, object: ApiObject): readonly string[] {
  const backends = weightsOf(object).map(({ service, weight }) => ({ service, weight, ...readiness.of(`${namespace}/${service}`) }));
  const settled = backends.filter(({ forMs }) => forMs >= PATIENCE_MS);
  if (!settled.some(({ ready }) => ready)) return [];
  const wrong = settled.filter(({ ready, weight }) => !ready && weight > 0);
  return wrong.map(({ service, weight }) => `${weight} to ${service}, which has long had no ready endpoint`);
}

function sickCarriers(world: SeededWorld, { namespace, rate }: SceneSplit, object: ApiObject): readonly string[] {
  const { readiness, mesh, time, scene } = world;
  if (rate < ENOUGH_REQUESTS || scene.rules.rules.some((rule) => rule.return.steps.length === 0)) return [];
  const sum = weightsOf(object).reduce((total, { weight }) => total + weight, 0);
  const backends = weightsOf(object).map(({ service, weight }) => {
    const key = `${namespace}/${service}`;
    const { good, unreachable, sinceMs } = mesh.behaviourOf(key);
    const { ready, forMs } = readiness.of(key);
    return {
      service,
      share: weight / sum,
      ready,
      forMs: Math.min(forMs, time.nowMs - sinceMs),
      well: ready && !unreachable && good === 1,
      bad: unreachable || good < 0.5,
    };
  });
  if (!backends.some(({ well, forMs }) => well && forMs >= PATIENCE_MS + scene.longestWaitMs + scene.returnMs)) return [];
  const wrong = backends.filter(({ bad, ready, forMs, share }) => bad && ready && forMs >= PATIENCE_MS && share > MOST_ON_TRIAL);
  return wrong.map(({ service, share }) => `${Math.round(share * 100)} % to ${service}, which has long failed`);
}

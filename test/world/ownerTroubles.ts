import type { Dice } from "./dice.ts";
import { drawWeights } from "./drawWeights.ts";
import { drawRoute, type Scene } from "./scene.ts";
import { keyOf, SCENE_KINDS, type SceneRoute, servicesOf, spelled } from "./sceneRoute.ts";
import { WELL } from "./simulatedMesh.ts";
import { lasting, passing, type Trouble } from "./trouble.ts";

const PIN = "failover.linkerd.io/pin";
const FREEZE = "failover.linkerd.io/freeze";
/** Maximum number of routes. */
const MOST_ROUTES = 9;

export function ownerEdit(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  return passing(({ owner }) => {
    const wanted = owner.edit(route, dice);
    return wanted === null
      ? `${route.name} cannot be edited: it is deleted, or has no other weights`
      : `the owner of ${route.name} wants ${spelled(wanted.splits)}`;
  });
}

export function gitopsReapplies(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const prunes = dice.chance(0.5);
  const everyMs = dice.whole(1_000, 60_000);
  return lasting(`${route.name} is re-applied every ${everyMs} ms${prunes ? " without our annotation" : ""}`, ({ owner }) => {
    const timer = setInterval(() => owner.reapply(route, prunes), everyMs);
    return () => clearInterval(timer);
  });
}

export function freeze(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  return annotated(dice.pick(routes), FREEZE, "true", "frozen");
}

export function pin(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const backend = dice.pick(servicesOf(route));
  return annotated(route, PIN, backend, `pinned to ${backend}`);
}

/** A route is frozen or pinned, and one of its backends fails meanwhile. */
export function heldOutage(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const services = servicesOf(route);
  const key = `${route.namespace}/${dice.pick(services)}`;
  const [name, text] = dice.chance(0.5) ? [FREEZE, "true"] : [PIN, dice.pick(services)];
  return lasting(`${route.name} is ${name === FREEZE ? "frozen" : `pinned to ${text}`} while ${key} fails`, ({ owner, mesh }) => {
    owner.annotate(route, name, text);
    mesh.behave(key, { good: 0, unreachable: false });
    return () => {
      mesh.behave(key, WELL);
      owner.annotate(route, name, null);
    };
  });
}

/** An owner writes slightly other weights again and again. */
export function smallEdits(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const everyMs = dice.whole(5_000, 25_000);
  return lasting(`the owner of ${route.name} changes its weights a little every ${everyMs} ms`, ({ owner }) => {
    const timer = setInterval(() => owner.nudge(route, dice), everyMs);
    return () => clearInterval(timer);
  });
}

/** Someone else writes our annotation: the first backend is said to be out because of metrics, or after many relapses. */
export function forgedState(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const relapses = dice.pick([0, 3, 1_000]);
  return passing(({ owner }) => {
    const isForged = owner.forge(route, { relapses, sinceMs: Date.now() });
    return isForged ? `someone forges our annotation on ${route.name}, with ${relapses} relapses` : `${route.name} is not at its baseline`;
  });
}

/** A rule is put in front of the others, and taken away again. */
export function insertedRule(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const weights = drawWeights(dice, route.kind, 2);
  return lasting(`${route.name} gets a rule in front`, ({ owner }) => {
    const isInserted = owner.insertRule(route, weights);
    return () => (isInserted ? owner.removeRule(route) : undefined);
  });
}

function annotated(route: SceneRoute, annotation: string, text: string, what: string): Trouble {
  return lasting(`${route.name} is ${what}`, ({ owner }) => {
    owner.annotate(route, annotation, text);
    return () => owner.annotate(route, annotation, null);
  });
}

export function unmanaged(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  return lasting(`${route.name} loses our label`, ({ owner }) => {
    owner.manage(route, false);
    return () => owner.manage(route, true);
  });
}

export function moreBackends(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const weight = dice.pick([0, dice.whole(1, 100)]);
  const byHand = dice.chance(0.5);
  return passing(({ owner }) => `${route.name} gets the backend ${owner.addBackend(route, weight, byHand)}${byHand ? " by hand" : ""}`);
}

export function fewerBackends(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const byHand = dice.chance(0.5);
  return passing(({ owner }) => `${route.name} loses the backend ${owner.removeBackend(route, byHand)}${byHand ? " by hand" : ""}`);
}

/** A route is deleted and later created again. */
export function deletedRoute(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  return lasting(`${route.name} is deleted`, ({ owner }) => {
    owner.remove(route);
    return () => owner.restore(route);
  });
}

export function newRoute(dice: Dice, routes: readonly SceneRoute[], _: Scene): Trouble {
  const kind = dice.pick(routes.every((route) => route.kind === "TrafficSplit") ? (["TrafficSplit"] as const) : SCENE_KINDS);
  const name = `late${routes.length}`;
  const route = drawRoute(dice, kind, dice.pick(routes).namespace, name, [name, `${name}-south`, `${name}-west`]);
  return passing(({ owner, mesh }) => {
    if (routes.length >= MOST_ROUTES) return "there are enough routes";
    owner.create(route, true);
    mesh.traffic.set(keyOf(route), { rate: route.rate, batches: null });
    return `${keyOf(route)} is created with ${spelled(route.splits)}`;
  });
}

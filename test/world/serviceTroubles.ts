import type { Dice } from "./dice.ts";
import type { Scene } from "./scene.ts";
import { type SceneRoute, servicesOf } from "./sceneRoute.ts";
import { type Behaviour, WELL } from "./simulatedMesh.ts";
import { drawService, lasting, type Trouble } from "./trouble.ts";

export function sickBackend(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const { key } = drawService(dice, routes);
  const good = dice.chance(0.5) ? 0 : dice.between(0, 0.97);
  return lasting(`${key} answers ${Math.round(good * 100)} % well`, ({ mesh }) => {
    mesh.behave(key, { good, unreachable: false });
    return () => mesh.behave(key, WELL);
  });
}

/** All backends of a route fail requests, some more than others. */
export function sickRoute(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const services = servicesOf(route);
  const shares = services.map(() => dice.between(0, 0.9));
  return lasting(`the backends of ${route.name} answer ${shares.map((good) => Math.round(good * 100)).join(", ")} % well`, ({ mesh }) => {
    services.forEach((service, i) => mesh.behave(`${route.namespace}/${service}`, { good: shares[i] ?? 1, unreachable: false }));
    return () => services.forEach((service) => mesh.behave(`${route.namespace}/${service}`, WELL));
  });
}

/** The first backends of all routes fail requests at once, as if a shared dependency failed. */
export function sickEverywhere(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const good = dice.between(0, 0.6);
  return lasting(`the first backends of all routes answer ${Math.round(good * 100)} % well`, ({ mesh }) => {
    const behave = (behaviour: Behaviour) =>
      routes.forEach((route) => mesh.behave(`${route.namespace}/${servicesOf(route)[0]}`, behaviour));
    behave({ good, unreachable: false });
    return () => behave(WELL);
  });
}

export function deadBackend(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const { key } = drawService(dice, routes);
  return lasting(`${key} dies behind ready endpoints`, ({ mesh }) => {
    mesh.behave(key, { good: 1, unreachable: true });
    return () => mesh.behave(key, WELL);
  });
}

/** A gateway dies, so all mirrors of its cluster are unreachable; or its state becomes unknown. */
export function gateway(dice: Dice, routes: readonly SceneRoute[], { cluster }: Scene): Trouble {
  const state = dice.pick(["dead", "dead", "dead", "unprobed", "away"] as const);
  if (cluster === null) return lostEndpoints(dice, routes);
  return lasting(`the gateway of ${cluster} is ${state}`, ({ mesh }) => {
    mesh.setGateway(cluster, state);
    return () => mesh.setGateway(cluster, "alive");
  });
}

export function lostEndpoints(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const { namespace, service, key } = drawService(dice, routes);
  return lasting(`${key} has no ready endpoint`, ({ owner }) => {
    owner.pods.setReady(namespace, service, false);
    return () => owner.pods.setReady(namespace, service, true);
  });
}

/** A Service gets more pods, and these take their time to be ready. None is missing. */
export function scaleUp(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const { namespace, service, key } = drawService(dice, routes);
  const added = dice.whole(1, 4);
  return lasting(`${key} has ${added} more pods, which are not ready yet`, ({ owner }) => {
    owner.pods.addPods(namespace, service, added);
    return () => owner.pods.addPods(namespace, service, 0);
  });
}

/** The pod of a Service is replaced again and again, each time by one that is ready by then. None is missing. */
export function rollingUpdate(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const { namespace, service, key } = drawService(dice, routes);
  const everyMs = dice.whole(500, 15_000);
  return lasting(`${key} replaces its pod every ${everyMs} ms`, ({ owner }) => {
    let surges = false;
    const timer = setInterval(() => {
      surges = !surges;
      if (!surges) owner.pods.replacePod(namespace, service);
      owner.pods.addPods(namespace, service, surges ? 1 : 0);
    }, everyMs);
    return () => {
      clearInterval(timer);
      owner.pods.addPods(namespace, service, 0);
    };
  });
}

export function flappingEndpoints(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const { namespace, service, key } = drawService(dice, routes);
  const everyMs = dice.whole(500, 15_000);
  return lasting(`${key} loses and regains its endpoints every ${everyMs} ms`, ({ owner }) => {
    let ready = true;
    const timer = setInterval(() => owner.pods.setReady(namespace, service, (ready = !ready)), everyMs);
    return () => {
      clearInterval(timer);
      owner.pods.setReady(namespace, service, true);
    };
  });
}

/** Some of a Service's pods are not ready any more. */
export function lostPods(dice: Dice, routes: readonly SceneRoute[], { podsEach }: Scene): Trouble {
  const { namespace, service, key } = drawService(dice, routes);
  const left = dice.whole(0, podsEach - 1);
  return lasting(`${key} has ${left} of ${podsEach} pods ready`, ({ owner }) => {
    owner.pods.setReadyPods(namespace, service, left);
    return () => owner.pods.setReady(namespace, service, true);
  });
}

/** A Service cannot answer all requests of its route. */
export function crowdedBackend(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const key = `${route.namespace}/${dice.pick(servicesOf(route))}`;
  const capacity = route.rate * dice.between(0.2, 0.9);
  return lasting(`${key} can answer ${capacity.toFixed(1)} requests a second`, ({ mesh }) => {
    mesh.behave(key, { good: 1, unreachable: false, capacity });
    return () => mesh.behave(key, WELL);
  });
}

/** Each backend of a route can answer only a part of its requests. Together they may be able to. */
export function crowdedRoute(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const capacity = route.rate * dice.between(0.3, 0.7);
  return lasting(`each backend of ${route.name} can answer ${capacity.toFixed(1)} requests a second`, ({ mesh }) => {
    const behave = (behaviour: Behaviour) =>
      servicesOf(route).forEach((service) => mesh.behave(`${route.namespace}/${service}`, behaviour));
    behave({ good: 1, unreachable: false, capacity });
    return () => behave(WELL);
  });
}

/** A standby that is broken before anyone needs it: then the primary fails. */
export function brokenStandby(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const [primary = "", ...standbys] = servicesOf(route);
  const standby = `${route.namespace}/${dice.pick(standbys)}`;
  const broken = dice.pick<Behaviour>([
    { good: 0, unreachable: false },
    { good: 0, unreachable: false },
    { good: 1, unreachable: true },
  ]);
  const good = dice.between(0.2, 0.8);
  const afterMs = dice.whole(5_000, 60_000);
  return lasting(`${standby} is broken, ${primary} answers ${Math.round(good * 100)} % well after ${afterMs} ms`, ({ mesh }) => {
    mesh.behave(standby, broken);
    const timer = setTimeout(() => mesh.behave(`${route.namespace}/${primary}`, { good, unreachable: false }), afterMs);
    return () => {
      clearTimeout(timer);
      mesh.behave(standby, WELL);
      mesh.behave(`${route.namespace}/${primary}`, WELL);
    };
  });
}

import type { Dice } from "./dice.ts";
import { keyOf, type SceneRoute } from "./sceneRoute.ts";
import { drawService, lasting, type Trouble } from "./trouble.ts";

/** Clients of other routes call the same Service, often much more than ours, and some of their requests fail for reasons of their own. */
export function otherCallers(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const { key } = drawService(dice, routes);
  const rate = dice.pick([5, 100, 400]);
  const good = dice.pick([1, 0.99, dice.between(0, 0.9)]);
  return lasting(`other callers send ${rate} requests a second to ${key}, ${Math.round(good * 100)} % are answered well`, ({ mesh }) => {
    mesh.callers.set(key, { rate, good });
    return () => void mesh.callers.delete(key);
  });
}

/** One client among several sends requests that fail wherever they go. */
export function poisonClient(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const share = dice.between(0.1, 0.5);
  return lasting(`one client of ${route.name} sends ${Math.round(share * 100)} % of its requests, and all of them fail`, ({ mesh }) => {
    mesh.poison.set(keyOf(route), share);
    return () => void mesh.poison.delete(keyOf(route));
  });
}

/** The Services of the same names in another cluster, whose series the same Prometheus has. */
export function foreignCluster(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  const route = dice.pick(routes);
  const good = dice.pick([0, 1, dice.between(0, 0.9)]);
  return lasting(`another cluster has a ${route.name}, too, which answers ${Math.round(good * 100)} % well`, ({ mesh, scene }) => {
    if (scene.clusters === "one") return () => undefined;
    mesh.foreign.set(keyOf(route), { rate: 3 * route.rate, good });
    return () => void mesh.foreign.delete(keyOf(route));
  });
}

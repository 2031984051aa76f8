import type { Dice } from "./dice.ts";
import { clockSetBack, reload, restart, scaling } from "./fleetTroubles.ts";
import {
  deletedRoute,
  fewerBackends,
  freeze,
  gitopsReapplies,
  moreBackends,
  newRoute,
  ownerEdit,
  pin,
  unmanaged,
} from "./ownerTroubles.ts";
import type { Scene } from "./scene.ts";
import type { SceneRoute } from "./sceneRoute.ts";
import { apiAway, apiFault, brokenWatches, prometheusWeather } from "./serverTroubles.ts";
import { deadBackend, flappingEndpoints, gateway, lostEndpoints, sickBackend, sickEverywhere, sickRoute } from "./serviceTroubles.ts";
import type { DrawTrouble, Trouble } from "./trouble.ts";

/** What stands here twice comes twice as often. */
const DRAWS: readonly DrawTrouble[] = [
  ...[sickBackend, sickBackend, sickRoute, sickEverywhere, deadBackend, gateway, gateway],
  ...[lostEndpoints, lostEndpoints, flappingEndpoints],
  ...[prometheusWeather, prometheusWeather, apiFault, apiFault, brokenWatches, apiAway],
  ...[restart, scaling, clockSetBack, reload],
  ...[ownerEdit, gitopsReapplies, freeze, pin, unmanaged, moreBackends, fewerBackends, deletedRoute, newRoute],
];

/** A trouble of any kind, for the routes as they are now. */
export function drawTrouble(dice: Dice, routes: readonly SceneRoute[], scene: Scene): Trouble {
  return dice.pick(DRAWS)(dice, routes, scene);
}

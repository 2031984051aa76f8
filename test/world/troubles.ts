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
import { apiAway, apiFault, brokenWatches, prometheusFault } from "./serverTroubles.ts";
import {
  deadBackend,
  flappingEndpoints,
  gateway,
  lostEndpoints,
  rollingUpdate,
  scaleUp,
  sickBackend,
  sickEverywhere,
  sickRoute,
} from "./serviceTroubles.ts";
import type { DrawTrouble, Trouble } from "./trouble.ts";

/** A trouble that is listed twice is drawn twice as often. */
const DRAWS: readonly DrawTrouble[] = [
  ...[sickBackend, sickBackend, sickRoute, sickEverywhere, deadBackend, gateway, gateway],
  ...[lostEndpoints, lostEndpoints, flappingEndpoints],
  ...[prometheusFault, prometheusFault, apiFault, apiFault, brokenWatches, apiAway],
  ...[restart, scaling, clockSetBack, reload],
  ...[ownerEdit, gitopsReapplies, freeze, pin, unmanaged, moreBackends, fewerBackends, deletedRoute, newRoute],
];

/** Draws a harmless change of a Service's pods. It has a sequence of its own, so that it may come on top of any trouble. */
export function drawScaling(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  return dice.pick([scaleUp, rollingUpdate])(dice, routes);
}

/** Draws a trouble of any kind for the current routes. */
export function drawTrouble(dice: Dice, routes: readonly SceneRoute[], scene: Scene): Trouble {
  return dice.pick(DRAWS)(dice, routes, scene);
}

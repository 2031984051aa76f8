import { foreignCluster, otherCallers, poisonClient } from "./clientTroubles.ts";
import type { Dice } from "./dice.ts";
import { clockSetAhead, clockSetBack, reload, restart, scaling } from "./fleetTroubles.ts";
import {
  deletedRoute,
  fewerBackends,
  forgedState,
  freeze,
  gitopsReapplies,
  heldOutage,
  insertedRule,
  moreBackends,
  newRoute,
  ownerEdit,
  pin,
  smallEdits,
  unmanaged,
} from "./ownerTroubles.ts";
import type { Scene } from "./scene.ts";
import type { SceneRoute } from "./sceneRoute.ts";
import { partialAnswers, relabelled, secondJob } from "./scrapeTroubles.ts";
import { apiAway, apiFault, brokenWatches, lostNamespace, prometheusFault, slowApi } from "./serverTroubles.ts";
import {
  brokenStandby,
  crowdedBackend,
  crowdedRoute,
  deadBackend,
  flappingEndpoints,
  gateway,
  lostEndpoints,
  lostPods,
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
  ...[lostPods, lostPods, crowdedBackend, crowdedRoute, brokenStandby, brokenStandby],
  ...[otherCallers, otherCallers, poisonClient, foreignCluster],
  ...[relabelled, secondJob, partialAnswers, slowApi, lostNamespace, clockSetAhead],
  ...[heldOutage, smallEdits, forgedState, insertedRule],
];

/** Troubles of the servers and of the controller itself. */
const OF_SERVERS = new Set<DrawTrouble>([
  ...[prometheusFault, apiFault, brokenWatches, apiAway, restart, scaling, clockSetBack, reload],
  ...[partialAnswers, slowApi, lostNamespace, clockSetAhead, gitopsReapplies, freeze, pin, unmanaged, deletedRoute],
]);
const DRAWS_OF_USERS = DRAWS.filter((draw) => !OF_SERVERS.has(draw));

/** Draws a harmless change of a Service's pods. It has a sequence of its own, so that it may come on top of any trouble. */
export function drawScaling(dice: Dice, routes: readonly SceneRoute[]): Trouble {
  return dice.pick([scaleUp, rollingUpdate])(dice, routes);
}

/** Draws a trouble of any kind for the current routes. */
export function drawTrouble(dice: Dice, routes: readonly SceneRoute[], scene: Scene): Trouble {
  return dice.pick(scene.serversWork ? DRAWS_OF_USERS : DRAWS)(dice, routes, scene);
}

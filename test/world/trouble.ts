import type { Dice } from "./dice.ts";
import type { Scene } from "./scene.ts";
import { type SceneRoute, servicesOf } from "./sceneRoute.ts";
import type { Stage } from "./seededWorld.ts";

/** Something that goes wrong, or that somebody does. */
export interface Trouble {
  /** Where the API is not itself, controllers may be late. */
  readonly hitsApi: boolean;
  /** Begins, and says what it is; the answer ends it, and may be called more than once. */
  begin(stage: Stage): { readonly text: string; readonly end: () => void };
}

/** Draws one for the routes as they are now. */
export type DrawTrouble = (dice: Dice, routes: readonly SceneRoute[], scene: Scene) => Trouble;

/** A trouble that begins, lasts and is over. */
export function lasting(text: string, begin: (stage: Stage) => () => void): Trouble {
  return { hitsApi: false, begin: (stage) => ({ text, end: begin(stage) }) };
}

/** Something that happens once, and says what it was. */
export function passing(happen: (stage: Stage) => string): Trouble {
  return { hitsApi: false, begin: (stage) => ({ text: happen(stage), end: () => undefined }) };
}

/** A Service of some route. */
export function drawService(
  dice: Dice,
  routes: readonly SceneRoute[],
): { readonly namespace: string; readonly service: string; readonly key: string } {
  const route = dice.pick(routes);
  const service = dice.pick(servicesOf(route));
  return { namespace: route.namespace, service, key: `${route.namespace}/${service}` };
}

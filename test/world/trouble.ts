import type { Dice } from "./dice.ts";
import type { Scene } from "./scene.ts";
import { type SceneRoute, servicesOf } from "./sceneRoute.ts";
import type { Stage } from "./seededWorld.ts";

/** A fault, or an action of an owner or operator. */
export interface Trouble {
  /** Whether it affects the API; controllers may be late then. */
  readonly hitsApi: boolean;
  /** Begins it and returns its description and a function that ends it, which may be called more than once. */
  begin(stage: Stage): { readonly text: string; readonly end: () => void };
}

/** Draws a trouble for the current routes. */
export type DrawTrouble = (dice: Dice, routes: readonly SceneRoute[], scene: Scene) => Trouble;

/** A trouble that lasts for some time. */
export function lasting(text: string, begin: (stage: Stage) => () => void): Trouble {
  return { hitsApi: false, begin: (stage) => ({ text, end: begin(stage) }) };
}

/** A trouble that happens once; `happen` returns its description. */
export function passing(happen: (stage: Stage) => string): Trouble {
  return { hitsApi: false, begin: (stage) => ({ text: happen(stage), end: () => undefined }) };
}

/** Draws a Service of a route. */
export function drawService(
  dice: Dice,
  routes: readonly SceneRoute[],
): { readonly namespace: string; readonly service: string; readonly key: string } {
  const route = dice.pick(routes);
  const service = dice.pick(servicesOf(route));
  return { namespace: route.namespace, service, key: `${route.namespace}/${service}` };
}

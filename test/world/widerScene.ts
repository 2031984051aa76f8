import type { Dice } from "./dice.ts";
import type { Scene } from "./scene.ts";
import type { SceneRoute } from "./sceneRoute.ts";

/** Requests per second: too few to judge by one window, or more than enough. */
const RATES = [0.2, 1, 2, 5, 20, 60] as const;
const PODS = [1, 1, 3, 4] as const;
const SHORTEST_BATCH_MS = 2_000;
const LONGEST_BATCH_MS = 20_000;
const LONGEST_BETWEEN_BATCHES_MS = 180_000;

/** The same scene with what a wider world has beside it. */
export function widen(scene: Scene, dice: Dice): Scene {
  const podsEach = dice.pick(PODS);
  return {
    ...scene,
    isWider: true,
    podsEach,
    rules: widerRules(dice, scene.rules, podsEach),
    routes: scene.routes.map((route) => withTraffic(route, dice)),
    clusters: dice.pick(["one", "one", "selected", "mixed"] as const),
    watchNamespaces: dice.chance(0.25) ? [...new Set(scene.routes.map(({ namespace }) => namespace)), "shop"] : [],
    serversWork: dice.chance(0.6),
  };
}

/** The rules with keys that the plain world never sets. */
export function widerRules(dice: Dice, text: string, podsEach: number): string {
  const readiness = dice.pick(["minReadyShare: 60%", "minReady: 1", `minReady: ${Math.max(1, podsEach - 1)}`]);
  const standbyShare = dice.pick([0, 0, 0, 1, 5]);
  const spill = dice.chance(0.25) ? `    spill: {overprovisioning: ${dice.pick([1, 1.4])}}\n` : "";
  return text
    .replace("readiness: {minReadyShare: 60%}", `readiness: {${readiness}}`)
    .replace(/(fallback: \{order: \w+)\}\n/, `$1, standbyShare: ${standbyShare}%}\n${spill}`);
}

function withTraffic(route: SceneRoute, dice: Dice): SceneRoute {
  const everyMs = dice.whole(30_000, LONGEST_BETWEEN_BATCHES_MS);
  const batches = { everyMs, lastMs: dice.whole(SHORTEST_BATCH_MS, LONGEST_BATCH_MS) };
  return { ...route, rate: dice.pick(RATES), ...(dice.chance(0.15) ? { batches } : {}) };
}

import type { Dice } from "./dice.ts";
import { drawRules, type Rhythm, varyRules } from "./drawRules.ts";
import { drawWeights } from "./drawWeights.ts";
import { SCENE_KINDS, type SceneKind, type SceneRoute, type SceneSplit } from "./sceneRoute.ts";

/** The initial state of a story. */
export interface Scene extends Rhythm {
  /** The rules file. */
  readonly rules: string;
  readonly routes: readonly SceneRoute[];
  readonly replicas: number;
  /** Whether there is an additional replica in a dry run, which must never write. */
  readonly withDryRun: boolean;
  /** Maximum error of the replicas' clocks. */
  readonly clockSkewMs: number;
  /** The linked cluster whose gateway is in front of all Services called `…-east`; null if they are local. */
  readonly cluster: string | null;
  /** Number of pods of every Service. */
  readonly podsEach: number;
  /** Whether Prometheus has another cluster's series, too: `selected` with, `mixed` without --prometheus-selector. */
  readonly clusters: "one" | "selected" | "mixed";
  readonly watchNamespaces: readonly string[];
  /** Neither the API server, Prometheus nor a replica has troubles. */
  readonly serversWork: boolean;
}

const NAMESPACES = ["shop", "bank"] as const;
/** Half of the stories use the default interval or a shorter one. */
const INTERVALS_MS = [2_000, 5_000, 5_000, 10_000, 15_000, 30_000] as const;
const SCRAPES_MS = [5_000, 10_000, 10_000, 15_000, 30_000] as const;
const LARGEST_SKEW_MS = 3_600_000;
/** Requests per second: too few to judge by one window, or more than enough. */
const RATES = [0.2, 1, 2, 5, 20, 60] as const;
const PODS = [1, 1, 3, 4] as const;
const SHORTEST_BATCH_MS = 2_000;
const LONGEST_BATCH_MS = 20_000;
const LONGEST_BETWEEN_BATCHES_MS = 180_000;
const RULE_NAMES = ["0", "basket", "pay"] as const;

/** Draws a scene. `further` draws what came later into this world, so that the rest of a seed's scene stayed the same. */
export function drawScene(dice: Dice, further: Dice): Scene {
  const rhythm = { intervalMs: dice.pick(INTERVALS_MS), scrapeMs: dice.pick(SCRAPES_MS) };
  const rules = drawRules(dice, rhythm);
  const routes = drawRoutes(dice);
  const podsEach = further.pick(PODS);
  return {
    ...rhythm,
    rules: varyRules(further, rules, podsEach),
    routes: routes.map((route) => ({ ...route, ...drawTraffic(further) })),
    replicas: dice.whole(1, 2),
    withDryRun: dice.chance(0.3),
    clockSkewMs: dice.chance(0.5) ? LARGEST_SKEW_MS : 0,
    cluster: dice.chance(0.4) ? "east" : null,
    podsEach,
    clusters: further.pick(["one", "one", "selected", "mixed"] as const),
    watchNamespaces: further.chance(0.25) ? [...new Set(routes.map(({ namespace }) => namespace)), "shop"] : [],
    serversWork: further.chance(0.6),
  };
}

/** Few or many requests, all the time or in bursts. */
function drawTraffic(dice: Dice): Pick<SceneRoute, "rate" | "batches"> {
  const everyMs = dice.whole(30_000, LONGEST_BETWEEN_BATCHES_MS);
  const batches = { everyMs, lastMs: dice.whole(SHORTEST_BATCH_MS, LONGEST_BATCH_MS) };
  return { rate: dice.pick(RATES), ...(dice.chance(0.15) ? { batches } : {}) };
}

/** Routes of one kind or of all kinds; some share the Services of the previous route. */
function drawRoutes(dice: Dice): readonly SceneRoute[] {
  const kinds: readonly SceneKind[] = dice.chance(0.5) ? ["TrafficSplit"] : SCENE_KINDS;
  const routes: SceneRoute[] = [];
  for (let i = 0, count = dice.pick([1, 2, 3, 7]); i < count; i++) {
    const kind = dice.pick(kinds);
    const before = routes.at(-1);
    const shared = before !== undefined && dice.chance(0.2) ? before : null;
    const names = namesOf(shared?.splits[0]?.backends.map(({ service }) => service)[0] ?? `web${i}`);
    routes.push(drawRoute(dice, kind, shared?.namespace ?? dice.pick(NAMESPACES), `web${i}`, names));
  }
  return routes;
}

/** The names of a primary and its standbys. */
function namesOf(first: string): readonly string[] {
  return [first, `${first}-east`, `${first}-west`];
}

/** Draws a route over some of these Services. */
export function drawRoute(dice: Dice, kind: SceneKind, namespace: string, name: string, services: readonly string[]): SceneRoute {
  const rules = kind === "TrafficSplit" ? 1 : dice.whole(1, RULE_NAMES.length);
  const splits = RULE_NAMES.slice(0, rules).map((rule): SceneSplit => {
    const taken = services.slice(0, dice.whole(2, services.length));
    const weights = drawWeights(dice, kind, taken.length);
    return { name: rule, backends: taken.map((service, i) => ({ service, weight: weights[i] ?? 0 })) };
  });
  return { kind, namespace, name, splits, rate: dice.pick([3, 20, 60]) };
}

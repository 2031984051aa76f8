import type { RouteState } from "../../src/evaluator/model/state.ts";
import type { Rule } from "../../src/rules/ruleSet.ts";
import type { ApiObject } from "./apiResource.ts";
import { Convictions } from "./convictions.ts";
import { type Pace, paceOf, rightRules, ruleOf } from "./drawRules.ts";
import { expectedFailures } from "./expectedFailures.ts";
import type { Fleet } from "./fleet.ts";
import type { Judge } from "./judge.ts";
import { lawfulFailures, type Standing } from "./lawfulFailures.ts";
import type { LiveRoutes } from "./liveRoutes.ts";
import { isManaged, type Owner } from "./owner.ts";
import type { ReadinessRecord } from "./readinessRecord.ts";
import { phasesOf, sharesIn } from "./remembered.ts";
import { RouteLoads } from "./routeLoads.ts";
import type { Scene } from "./scene.ts";
import { keyOf, type SceneRoute, type SceneSplit, spelled, splitsOf } from "./sceneRoute.ts";
import type { SimulatedMesh } from "./simulatedMesh.ts";
import type { SimulatedPrometheus } from "./simulatedPrometheus.ts";
import { checkTogether, SplitRegret, type Users } from "./splitRegret.ts";

export interface RegretOptions {
  readonly owner: Owner;
  readonly routes: LiveRoutes;
  readonly mesh: SimulatedMesh;
  readonly scene: Scene;
  readonly judge: Judge;
  readonly prometheus: SimulatedPrometheus;
  readonly readiness: ReadinessRecord;
  readonly fleet: () => Fleet;
  readonly now: () => number;
}

/** What is known of a Service over time. */
interface ServicePast {
  /** What it would answer well of all requests of its route. */
  potential: number;
  worseMs: number;
  betterMs: number;
}

/** What is known of a backend of a split over time. */
interface SharePast {
  share: number;
  gainedMs: number;
  /** Its share before it last grew. */
  smaller: number;
  /** How often it got more than a trial since anything changed. */
  tries: number;
}

const NEVER = Number.NEGATIVE_INFINITY;
/** After this time a controller notices a silent watch. */
const SILENT_WATCH_MS = 60_000;
const FREEZE = "failover.linkerd.io/freeze";
const PIN = "failover.linkerd.io/pin";
/** Brakes that let users lose more, as the rules say. */
const LAWFUL_BRAKES = new Set(["maxShifted", "signalLoss", "warmUp", "reapplied"]);
const TRIAL_MARGIN = 0.02;
const NOTHING_FAILS = { weights: "", withUs: 0, without: 0, leftAlone: 0, lawful: 0, because: "" } as const;

/**
 * P15, regret: in every story users lose no more than without the controller, or on the best backend from the start, and what
 * detection, trials and return cost by the law. It counts what fails in expectation, second by second.
 */
export class Regret {
  readonly #options: RegretOptions;
  readonly #splits = new Map<string, SplitRegret>();
  readonly #services = new Map<string, ServicePast>();
  readonly #shares = new Map<string, Map<string, SharePast>>();
  /** By route: until when it could not act. */
  readonly #tiedMs = new Map<string, number>();
  readonly #convictions: Convictions;
  /** What Services get under the weights of now, and what they would get without the controller. */
  readonly #loads: RouteLoads;
  readonly #loadsWithout: RouteLoads;
  #allTiedMs = 0;
  /** Some backend does not answer all requests well now. */
  #anyFails = false;
  /** By route: its object one second ago, if all backends were well then. */
  readonly #calm = new Map<string, ApiObject>();
  /** The routes as the leader judged them, and its rule. */
  #leading: ReadonlyMap<string, RouteState> = new Map();
  #rule: Rule;
  #pace: Pace;

  constructor(options: RegretOptions) {
    this.#options = options;
    this.#loads = new RouteLoads(options.mesh);
    this.#loadsWithout = new RouteLoads(options.mesh);
    this.#convictions = new Convictions(options.mesh);
    const rules = rightRules(options.scene.rules);
    this.#rule = ruleOf(rules);
    this.#pace = paceOf(rules, options.scene);
  }

  passSecond(): void {
    const { owner, routes, now, fleet, prometheus, scene } = this.#options;
    const leading = [...fleet().replicas].map(({ controller }) => controller.report()).find(({ leader }) => leader === true);
    if (leading === undefined || prometheus.condition !== "working") this.#allTiedMs = now();
    this.#leading = leading?.state.routes ?? new Map();
    this.#rule = ruleOf(fleet().rules);
    this.#pace = paceOf(fleet().rules, scene);
    const live = owner.routes().flatMap((route) => {
      const object = routes.byKey.get(keyOf(route));
      return object === undefined ? [] : [{ route, object }];
    });
    this.#loads.clear();
    this.#loadsWithout.clear();
    this.#anyFails = live.some(({ route, object }) =>
      [...splitsOf(object), ...(owner.wants.get(keyOf(route))?.splits ?? [])].some((split) => !this.#isWell(route, split)),
    );
    if (this.#anyFails) for (const { route, object } of live) this.#addLoads(route, object);
    for (const { route, object } of live) this.#passRoute(route, object);
  }

  #addLoads(route: SceneRoute, object: ApiObject): void {
    const { mesh, owner } = this.#options;
    const key = keyOf(route);
    const splits = splitsOf(object);
    const wanted = owner.wants.get(key)?.splits ?? [];
    this.#loads.add(route.namespace, splits, mesh.rateOf(key) / splits.length);
    this.#loadsWithout.add(route.namespace, wanted, mesh.rateOf(key) / wanted.length);
  }

  /** Users of the story so far, all splits together. */
  users(): Users {
    const zero = { requests: 0, withUs: 0, without: 0, bestSingle: 0, lawful: 0 };
    return [...this.#splits.values()]
      .map((split) => split.users())
      .reduce<Users>(
        (sum, one) => ({
          requests: sum.requests + one.requests,
          withUs: sum.withUs + one.withUs,
          without: sum.without + one.without,
          bestSingle: sum.bestSingle + one.bestSingle,
          lawful: sum.lawful + one.lawful,
        }),
        zero,
      );
  }

  /** What is wrong with the story so far, each with a table. */
  check(clock: (atMs: number) => string): readonly { readonly wrong: string; readonly table: readonly string[] }[] {
    const bySplit = [...this.#splits].flatMap(([name, split]) => {
      const wrong = split.check();
      return wrong === null ? [] : [{ wrong: `${wrong} (${name})`, table: split.table(clock) }];
    });
    const byRoute = Map.groupBy(this.#splits, ([name]) => name.slice(0, name.lastIndexOf(" ")));
    const together = [...byRoute].flatMap(([key, splits]) => {
      const wrong = splits.length === 1 ? null : checkTogether(splits.map(([, split]) => split));
      return wrong === null ? [] : [{ wrong: `${wrong} (${key})`, table: [] }];
    });
    return [...bySplit, ...together];
  }

  /** Begins another story. */
  forget(): void {
    this.#splits.clear();
  }

  #passRoute(route: SceneRoute, object: ApiObject): void {
    const { mesh, now, owner } = this.#options;
    const key = keyOf(route);
    const rate = mesh.rateOf(key);
    const wanted = owner.wants.get(key)?.splits ?? [];
    // Most seconds change nothing.
    const isSame = !this.#anyFails && this.#calm.get(key) === object;
    const changed = !isSame && this.#noteServices(route, wanted);
    if (!isSame) this.#convictions.note(route, object, now());
    if (this.#anyFails) this.#calm.delete(key);
    else this.#calm.set(key, object);
    const tied = this.#tied(key, object);
    for (const split of splitsOf(object)) {
      const own = wanted.find(({ name }) => name === split.name);
      if (own === undefined) continue;
      const name = `${key} ${split.name}`;
      if (!isSame) this.#noteShares(name, split, changed);
      const known = this.#splits.get(name) ?? new SplitRegret();
      this.#splits.set(name, known);
      known.take({ atMs: now(), ...this.#second(route, object, split, own, rate / wanted.length, tied) });
    }
  }

  /** Whether nothing fails, wherever the requests of a split go. */
  #isWell({ namespace }: SceneRoute, { backends }: SceneSplit): boolean {
    return backends.every(({ service }) => this.#options.mesh.isWell(`${namespace}/${service}`));
  }

  #second(route: SceneRoute, object: ApiObject, split: SceneSplit, own: SceneSplit, rate: number, tied: string | null) {
    const { mesh } = this.#options;
    if (!this.#anyFails || (this.#isWell(route, split) && this.#isWell(route, own)))
      return { ...NOTHING_FAILS, requests: rate, singles: zeros(split) };
    const { namespace } = route;
    const splits = splitsOf(object);
    const shares = sharesIn(split);
    const withUs = expectedFailures(mesh, namespace, rate, shares, this.#loads.beside(namespace, [split], rate));
    const without = expectedFailures(mesh, namespace, rate, sharesIn(own), this.#loadsWithout.beside(namespace, [own], rate));
    const leftAlone = expectedFailures(mesh, namespace, rate, sharesIn(own), this.#loads.beside(namespace, [split], rate));
    // The splits of a route fail over together, so on one backend each of them meets the others.
    const besideRoute = this.#loads.beside(namespace, splits, rate);
    const onOne = (service: string) => {
      const others = splits.filter(({ name, backends }) => name !== split.name && backends.some((backend) => backend.service === service));
      return expectedFailures(mesh, namespace, rate, new Map([[service, 1]]), () => besideRoute(service) + others.length * rate).failures;
    };
    const singles = new Map([...shares.keys()].map((service) => [service, onOne(service)]));
    const lawful =
      tied !== null
        ? { failures: withUs.failures, because: tied }
        : lawfulFailures({
            ...{ rate, expected: withUs, singles, ...this.#times(route) },
            standings: [...shares].map(([service, share]) => this.#standing(route, split, service, share)),
          });
    return {
      weights: spelled([split]),
      requests: rate,
      withUs: withUs.failures,
      without: without.failures,
      leftAlone: leftAlone.failures,
      singles,
      lawful: Math.min(withUs.failures, lawful.failures),
      because: lawful.because,
    };
  }

  #times(route: SceneRoute) {
    const pace = this.#pace;
    const batches = this.#options.mesh.traffic.get(keyOf(route))?.batches;
    const detectMs = pace.fullEvidenceMs + (batches?.everyMs ?? 0);
    return { detectMs, returnMs: pace.longestWaitMs + pace.returnMs + detectMs, rule: this.#rule, batches: batches ?? null };
  }

  #standing(route: SceneRoute, split: SceneSplit, service: string, share: number): Standing {
    const { mesh, now } = this.#options;
    const key = `${route.namespace}/${service}`;
    const past = this.#services.get(key);
    const shares = this.#shares.get(`${keyOf(route)} ${split.name}`)?.get(service);
    return {
      service,
      share,
      reachable: mesh.isReachable(key),
      worseForMs: now() - (past?.worseMs ?? NEVER),
      betterForMs: now() - (past?.betterMs ?? NEVER),
      gainedForMs: now() - (shares?.gainedMs ?? NEVER),
      smaller: shares?.smaller ?? share,
      tries: shares?.tries ?? 0,
      convicted: this.#convictions.lastMs(route, service) >= Math.max(0, past?.betterMs ?? 0),
      outgrown: shares !== undefined && this.#isOutgrown(route.namespace, service, shares.smaller / share),
      onTrial: share <= Math.max(this.#rule.fallback.standbyShare, this.#trialShare()) + TRIAL_MARGIN,
    };
  }

  /** Whether a crowded Service fails under its load, and answers such a part of it well. */
  #isOutgrown(namespace: string, service: string, part: number): boolean {
    const key = `${namespace}/${service}`;
    const load = this.#loads.beside(namespace, [], 0)(service);
    const { successRate } = this.#rule.signals;
    const wellFrom = successRate?.recoverAbove ?? 1;
    const { mesh } = this.#options;
    return mesh.behaviourOf(key).capacity !== undefined && mesh.goodAt(key, load) < wellFrom && mesh.goodAt(key, part * load) >= wellFrom;
  }

  /** The share of the first step. */
  #trialShare(): number {
    return this.#rule.return.steps[0] ?? 0;
  }

  /** Notes how the Services of a route have changed; returns whether any has. */
  #noteServices(route: SceneRoute, wanted: readonly SceneSplit[]): boolean {
    const { mesh, now } = this.#options;
    const rate = mesh.traffic.get(keyOf(route))?.rate ?? 0;
    let changed = false;
    for (const service of new Set(wanted.flatMap(({ backends }) => backends.map((backend) => backend.service)))) {
      const key = `${route.namespace}/${service}`;
      const potential = mesh.goodAt(key, rate);
      const past = this.#services.get(key) ?? { potential, worseMs: NEVER, betterMs: NEVER };
      this.#services.set(key, past);
      if (Math.abs(potential - past.potential) < 1e-9) continue;
      changed = true;
      if (potential < past.potential) past.worseMs = now();
      else past.betterMs = now();
      past.potential = potential;
    }
    return changed;
  }

  #noteShares(name: string, split: SceneSplit, changed: boolean): void {
    const { now } = this.#options;
    const pasts = this.#shares.get(name) ?? new Map<string, SharePast>();
    this.#shares.set(name, pasts);
    const trial = this.#trialShare() + TRIAL_MARGIN;
    for (const [service, share] of sharesIn(split)) {
      const past = pasts.get(service) ?? { share, gainedMs: NEVER, smaller: share, tries: 0 };
      pasts.set(service, past);
      if (changed) past.tries = 0;
      if (share > past.share + TRIAL_MARGIN) {
        past.gainedMs = now();
        past.smaller = past.share;
        if (past.share <= trial && share > trial) past.tries += 1;
      }
      past.share = share;
    }
  }

  /** Why the controller cannot act on this route, or could not for some time; null: it can. */
  #tied(key: string, object: ApiObject): string | null {
    const { judge, now, scene, mesh } = this.#options;
    const { annotations = {} } = object.metadata;
    const detectMs = this.#pace.fullEvidenceMs;
    const isHeld = annotations[FREEZE] === "true" || annotations[PIN] !== undefined || !isManaged(object);
    const isBlind = this.#rule.signals.successRate === undefined || (mesh.foreign.has(key) && scene.clusters === "mixed");
    if (isHeld || isBlind || (this.#leading.get(key)?.brakes ?? []).some((brake) => LAWFUL_BRAKES.has(brake))) this.#tiedMs.set(key, now());
    if (now() - judge.apiTroubledMs < SILENT_WATCH_MS + detectMs) return "the API was in trouble";
    if (now() - this.#allTiedMs < detectMs) return "no leader, or no Prometheus";
    if (now() - (this.#tiedMs.get(key) ?? NEVER) < detectMs) return "held";
    if (now() - Math.max(judge.foreignMs(key), judge.rulesMs) < detectMs) return "another writer, or other rules";
    if (this.#rule.whenNoneFit === "hold" && Object.values(phasesOf(object)).some(({ phase }) => phase === "out"))
      return "whenNoneFit: hold";
    return null;
  }
}

/** Splits never change, and are asked for every second. */
const allZeros = new WeakMap<SceneSplit, ReadonlyMap<string, number>>();

function zeros(split: SceneSplit): ReadonlyMap<string, number> {
  const known = allZeros.get(split) ?? new Map(split.backends.map(({ service }) => [service, 0]));
  allZeros.set(split, known);
  return known;
}

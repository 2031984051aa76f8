import { weightOf } from "../../src/routes/weight.ts";
import { isAtRest } from "./atRest.ts";
import { checkProgress, type LastTroubled } from "./checkProgress.ts";
import { checkRecords } from "./checkRecords.ts";
import { clock } from "./chronicle.ts";
import { Dice } from "./dice.ts";
import { paceOf, ruleOf } from "./drawRules.ts";
import { firstRequestMs } from "./firstRequest.ts";
import { longOutage } from "./longOutages.ts";
import { phasesOf } from "./remembered.ts";
import type { Scene } from "./scene.ts";
import type { SceneSplit } from "./sceneRoute.ts";
import { keyOf, servicesOf, spelled, splitsOf } from "./sceneRoute.ts";
import { createSeededWorld, type SeededWorld, START_MS, type WorldOptions } from "./seededWorld.ts";
import { WELL } from "./simulatedMesh.ts";
import type { Users } from "./splitRegret.ts";
import type { Trouble } from "./trouble.ts";
import { drawScaling, drawTrouble } from "./troubles.ts";

export interface StoryOptions extends WorldOptions {
  /** Duration of the troubled part; default: some minutes. */
  readonly troubledMs?: number;
  /** Duration of the long outage; default: many minutes. */
  readonly outageMs?: number;
  /** The story repeats until this much time has passed; default: it runs once. */
  readonly playMs?: number;
}

/** The result of a story. */
export interface StoryEnd {
  /** Violated properties in order of time; empty if there are none. */
  readonly violations: readonly string[];
  readonly chronicle: readonly string[];
  /** Number of successful writes of ours. */
  readonly landed: number;
  /** Number of decisions that were made again from their records. */
  readonly replayed: number;
  readonly elapsedMs: number;
  /** What users lost. */
  readonly users: Users;
}

const SECOND_MS = 1_000;
const CALM_START_MS = 60_000;
const TROUBLED_MS = 8 * 60_000;
/** With a long interval, the troubled part must last longer. */
const TROUBLED_INTERVALS = 40;
const QUIET_MS = 60_000;
/** Within this time a lost backend has no traffic any more, and a new leader leads. */
const SETTLE_MS = 60_000;
const SETTLE_INTERVALS = 6;
const OBSERVE_EVERY_MS = 1_000;
const CHECK_EVERY_MS = 5_000;
const LEAST_BETWEEN_TROUBLES_MS = 1_000;
/** What users regret shows only where something lasts. */
const MOST_BETWEEN_TROUBLES_MS = 100_000;
const LONG_OUTAGE_MS = 20 * 60_000;
/** How many troubles come with a scale-up or a rolling update of some Service. */
const SCALING_SHARE = 0.2;
const SHORTEST_TROUBLE_MS = 2_000;
const LONGEST_TROUBLE_MS = 240_000;

/** Time to notice a silent watch and to replace a lost leader, independent of the rules. */
const OVERCOME_MS = 110_000;
/** Of so many expected requests none arrives once in a hundred times. */
const FIRST_REQUEST = 5;

/**
 * Plays the story of a seed. First there are troubles for some minutes; after they end, everything must be as before. Then one
 * backend fails permanently, and a replica that starts meanwhile must not write.
 */
export async function playSeededStory(seed: number, options: StoryOptions = {}): Promise<StoryEnd> {
  const world = createSeededWorld(seed, options);
  try {
    world.chronicle.tell(toldScene(world.scene));
    const story = new Story(world, seed);
    await story.pass(CALM_START_MS);
    do {
      await story.trouble(options.troubledMs ?? Math.max(TROUBLED_MS, TROUBLED_INTERVALS * world.scene.intervalMs));
      await story.recover();
      await story.lastingOutage();
      await story.longOutage(options.outageMs ?? LONG_OUTAGE_MS);
      story.checkRegret();
      story.checkRecords();
    } while (!story.isViolated && world.time.elapsedMs < (options.playMs ?? 0));
    world.fleet.stopAll();
    await world.time.pass(10 * SECOND_MS);
    const users = world.regret.users();
    const violations = [...story.violations, ...world.judge.violations];
    const { replayed } = story;
    return { violations, chronicle: world.chronicle.lines, landed: world.judge.landed, replayed, elapsedMs: world.time.elapsedMs, users };
  } finally {
    world.close();
  }
}

/** What a chronicle needs to be understood. */
function toldScene({ rules, routes, podsEach, clusters, intervalMs, scrapeMs, watchNamespaces }: Scene): string {
  const traffic = routes.map((route) => {
    const batches = route.batches === undefined ? "" : ` for ${route.batches.lastMs} ms every ${route.batches.everyMs} ms`;
    return `${keyOf(route)} ${spelled(route.splits)} at ${route.rate}/s${batches}`;
  });
  const numbers = `interval ${intervalMs} ms, scrape ${scrapeMs} ms, ${podsEach} pods, clusters: ${clusters}, watches ${watchNamespaces.join(", ") || "all"}`;
  return [numbers, ...traffic, rules].join("\n");
}

class Story {
  readonly violations: string[] = [];
  replayed = 0;
  readonly #world: SeededWorld;
  readonly #dice: Dice;
  readonly #scaling: Dice;
  readonly #ends = new Set<() => void>();
  #apiTroubles = 0;
  #troubled: LastTroubled = { apiMs: 0, prometheusMs: 0 };
  #quietFromMs = 0;

  constructor(world: SeededWorld, seed: number) {
    this.#world = world;
    this.#dice = new Dice(seed, "troubles");
    this.#scaling = new Dice(seed, "scaling");
    world.time.every(OBSERVE_EVERY_MS, () => this.#observe());
    world.time.every(CHECK_EVERY_MS, () => this.#check());
  }

  /** The first violation ends the story, because later events would only hide it. */
  get isViolated(): boolean {
    return this.violations.length + this.#world.judge.violations.length > 0;
  }

  async pass(ms: number): Promise<void> {
    if (!this.isViolated) await this.#world.time.pass(ms, () => this.isViolated);
  }

  async trouble(forMs: number): Promise<void> {
    const untilMs = this.#world.time.elapsedMs + forMs;
    while (this.#world.time.elapsedMs < untilMs && !this.isViolated) {
      const { owner, scene } = this.#world;
      this.#begin(drawTrouble(this.#dice, owner.routes(), scene), this.#dice);
      if (this.#scaling.chance(SCALING_SHARE)) this.#begin(drawScaling(this.#scaling, owner.routes()), this.#scaling);
      await this.pass(this.#dice.whole(LEAST_BETWEEN_TROUBLES_MS, MOST_BETWEEN_TROUBLES_MS));
    }
  }

  /** Ends all troubles. After a while everything must be as the owner wants it, and must stay so after a restart. */
  async recover(): Promise<void> {
    this.#heal();
    await this.#passUntilHealed();
    this.#restart();
    await this.pass(QUIET_MS);
    this.#checkNothingWritten("P6, P9: the controller writes although the routes are as their owner wants them");
  }

  /** P9: while a backend stays down, a restart causes no write. P5: a backend that keeps failing gets only short returns. */
  async lastingOutage(): Promise<void> {
    const { scene, owner, mesh, chronicle } = this.#world;
    const route = this.#dice.pick(owner.routes());
    const service = this.#dice.pick(servicesOf(route));
    const key = `${route.namespace}/${service}`;
    const settleMs = SETTLE_MS + SETTLE_INTERVALS * scene.intervalMs;
    const how = this.#dice.pick(["unready", "unready", "sick", "dead", "gateway"] as const);
    chronicle.tell(`${how === "gateway" && scene.cluster !== null ? scene.cluster : key} is ${how} permanently`);
    if (how === "unready") owner.pods.setReady(route.namespace, service, false);
    else if (how !== "gateway") mesh.behave(key, { good: how === "sick" ? 0.1 : 1, unreachable: how === "dead" });
    else if (scene.cluster !== null) mesh.setGateway(scene.cluster, "dead");
    if (how === "unready" || how === "gateway") {
      await this.pass(settleMs);
      this.#quietFromMs = this.#world.time.nowMs;
      const anyReturns = this.#anyReturns();
      this.#restart();
      await this.pass(settleMs);
      // A return that has begun continues after the restart.
      if (!anyReturns) this.#checkNothingWritten("P9: a restart during a lasting outage caused a write");
    } else await this.pass(SETTLE_MS + 2 * paceOf(this.#world.fleet.rules, scene).fullEvidenceMs);
    owner.pods.setReady(route.namespace, service, true);
    mesh.behave(key, WELL);
    if (scene.cluster !== null) mesh.setGateway(scene.cluster, "alive");
    await this.#passUntilHealed();
  }

  /** P15 shows here: something fails for so long that every try to return counts. */
  async longOutage(lastsMs: number): Promise<void> {
    const { owner, chronicle } = this.#world;
    const { text, end } = longOutage(this.#dice, owner.routes()).begin(this.#world);
    chronicle.tell(`${text}, for ${lastsMs} ms`);
    await this.pass(lastsMs);
    end();
    chronicle.tell(`over: ${text}`);
    await this.#passUntilHealed();
  }

  /** Makes the last decisions again from their records. */
  checkRecords(): void {
    const { count, wrong } = checkRecords(this.#world);
    this.replayed += count;
    for (const text of wrong) this.#world.judge.violated(text);
  }

  /** P15. */
  checkRegret(): void {
    const { regret, chronicle } = this.#world;
    if (this.isViolated) return;
    for (const { wrong, table } of regret.check((atMs) => clock(atMs - START_MS))) {
      for (const line of table) chronicle.tell(line);
      this.#violated(wrong);
    }
  }

  #anyReturns(): boolean {
    const { owner, routes } = this.#world;
    const objects = owner.routes().flatMap((route) => routes.byKey.get(keyOf(route)) ?? []);
    return objects.some((object) => Object.values(phasesOf(object)).some(({ phase }) => phase === "returning"));
  }

  #observe(): void {
    if (this.isViolated) return;
    const { time, prometheus, judge, fleet } = this.#world;
    if (prometheus.condition !== "working") this.#troubled = { ...this.#troubled, prometheusMs: time.nowMs };
    judge.checkLeaders(fleet.replicas);
    if (this.#apiTroubles > 0) {
      this.#troubled = { ...this.#troubled, apiMs: time.nowMs };
      judge.apiTroubledMs = time.nowMs;
    }
  }

  #check(): void {
    if (this.isViolated) return;
    for (const wrong of checkProgress(this.#world, this.#troubled)) this.#violated(wrong);
  }

  #heal(): void {
    const { chronicle, double, fleet } = this.#world;
    for (const end of this.#ends) end();
    double.faults.clear();
    if (fleet.writers().length === 0) fleet.start();
    chronicle.tell("all troubles end");
  }

  /** P6. A return takes long where there are few requests, and very long where they come in bursts. The story goes on once it is over. */
  async #passUntilHealed(): Promise<void> {
    const { scene, fleet, time, owner, mesh } = this.#world;
    const { fullEvidenceMs, longestWaitMs, returnMs } = paceOf(fleet.rules, scene);
    await this.pass(OVERCOME_MS + fullEvidenceMs + longestWaitMs);
    const rare = [...owner.wants].map(([key, { splits }]) => firstRequestMs(mesh.traffic.get(key), splits, ruleOf(fleet.rules)));
    const untilMs = time.elapsedMs + Math.max(2 * returnMs, ...rare);
    while (!this.isViolated && time.elapsedMs < untilMs && !this.#isHealed()) await this.pass(CHECK_EVERY_MS);
    this.#checkHealed();
    this.#quietFromMs = this.#world.time.nowMs;
  }

  #restart(): void {
    const { fleet } = this.#world;
    const [first] = fleet.writers();
    if (first === undefined || this.isViolated) return;
    if (this.#dice.chance(0.5)) fleet.crash(first);
    else fleet.stop(first);
    fleet.start();
  }

  #isHealed(): boolean {
    const { routes, owner } = this.#world;
    return [...owner.wants].every(([key, { splits }]) => {
      const object = routes.byKey.get(key);
      return object !== undefined && spelled(splitsOf(object)) === spelled(splits);
    });
  }

  /** All weights are the owner's, in the owner's spelling. A return may wait for its first request where next to none are sent. */
  #checkHealed(): void {
    if (this.isViolated) return;
    const { routes, owner, prometheus, fleet, scene, mesh } = this.#world;
    const { returnMs } = paceOf(fleet.rules, scene);
    const lastStep = ruleOf(fleet.rules).return.steps.at(-1) ?? 1;
    for (const [key, { splits }] of owner.wants) {
      const requests = (mesh.rateOf(key) / splits.length) * (returnMs / 1_000);
      if (requests * lastStep * leastShare(splits) < FIRST_REQUEST) continue;
      const object = routes.byKey.get(key);
      const live = object === undefined ? [] : splitsOf(object);
      if (!isAtRest(live, splits, ruleOf(fleet.rules)))
        this.#violated(`P6, P13: ${key}: all troubles are over, but the weights are ${spelled(live) || "gone"}, not ${spelled(splits)}`);
    }
    for (const query of prometheus.unknown) this.#violated(`the simulated Prometheus does not know this query: ${query}`);
  }

  #checkNothingWritten(wrong: string): void {
    if (!this.isViolated && this.#world.judge.lastLandedMs > this.#quietFromMs) this.#violated(wrong);
  }

  #begin(trouble: Trouble, dice: Dice): void {
    const { chronicle } = this.#world;
    const lastsMs = dice.whole(SHORTEST_TROUBLE_MS, LONGEST_TROUBLE_MS);
    const { text, end } = trouble.begin(this.#world);
    chronicle.tell(`${text}, for ${lastsMs} ms`);
    if (trouble.hitsApi) this.#apiTroubles += 1;
    const over = () => {
      if (!this.#ends.delete(over)) return;
      end();
      if (trouble.hitsApi) this.#apiTroubles -= 1;
      chronicle.tell(`over: ${text}`);
    };
    this.#ends.add(over);
    setTimeout(over, lastsMs);
  }

  #violated(text: string): void {
    this.#world.chronicle.tell(`VIOLATION: ${text}`);
    this.violations.push(text);
  }
}

/** The least share that a backend with weight has in one of these splits. */
function leastShare(splits: readonly SceneSplit[]): number {
  const shares = splits.flatMap(({ backends }) => {
    const weights = backends.map(({ weight }) => weightOf(weight));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.filter((weight) => weight > 0).map((weight) => weight / sum);
  });
  return Math.min(1, ...shares);
}

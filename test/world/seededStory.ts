import { checkProgress, type LastTroubled } from "./checkProgress.ts";
import { Dice } from "./dice.ts";
import { paceOf } from "./drawRules.ts";
import { phasesOf } from "./remembered.ts";
import { keyOf, servicesOf, spelled, splitsOf } from "./sceneRoute.ts";
import { createSeededWorld, type SeededWorld } from "./seededWorld.ts";
import { WELL } from "./simulatedMesh.ts";
import { drawTrouble } from "./troubles.ts";

export interface StoryOptions {
  /** How long things go wrong; default some minutes. */
  readonly troubledMs?: number;
  /** It begins all over until so much time is played; default once. */
  readonly playMs?: number;
  /** Gets each line of the chronicle as it is told. */
  readonly onLine?: (line: string) => void;
}

/** How a story went. */
export interface StoryEnd {
  /** What must not be, in the order in which it was seen; empty where all is well. */
  readonly violations: readonly string[];
  readonly chronicle: readonly string[];
  /** Writes of ours that landed. */
  readonly landed: number;
  readonly elapsedMs: number;
}

const SECOND_MS = 1_000;
const CALM_START_MS = 60_000;
const TROUBLED_MS = 8 * 60_000;
/** Who looks rarely needs longer to get into trouble. */
const TROUBLED_INTERVALS = 40;
const QUIET_MS = 60_000;
/** A backend that is lost is left long before, and a new leader is found. */
const SETTLE_MS = 60_000;
const SETTLE_INTERVALS = 6;
const LOOK_EVERY_MS = 1_000;
const CHECK_EVERY_MS = 5_000;
const LEAST_BETWEEN_TROUBLES_MS = 1_000;
const MOST_BETWEEN_TROUBLES_MS = 45_000;
const SHORTEST_TROUBLE_MS = 2_000;
const LONGEST_TROUBLE_MS = 240_000;

/** Whatever the rules say, so long may it take until a silent watch and a lost leader are overcome. */
const OVERCOME_MS = 110_000;

/**
 * Plays the story of a seed: it goes wrong for some minutes, then all causes are gone, and all must be as before; then
 * one backend is away for good, and who is restarted meanwhile finds nothing to do.
 */
export async function playSeededStory(seed: number, options: StoryOptions = {}): Promise<StoryEnd> {
  const world = createSeededWorld(seed, options.onLine);
  try {
    const story = new Story(world, seed);
    await story.pass(CALM_START_MS);
    do {
      await story.trouble(options.troubledMs ?? Math.max(TROUBLED_MS, TROUBLED_INTERVALS * world.scene.intervalMs));
      await story.recover();
      await story.lastingOutage();
    } while (!story.isViolated && world.time.elapsedMs < (options.playMs ?? 0));
    world.fleet.stopAll();
    await world.time.pass(10 * SECOND_MS);
    const violations = [...story.violations, ...world.judge.violations];
    return { violations, chronicle: world.chronicle.lines, landed: world.judge.landed, elapsedMs: world.time.elapsedMs };
  } finally {
    world.close();
  }
}

class Story {
  readonly violations: string[] = [];
  readonly #world: SeededWorld;
  readonly #dice: Dice;
  readonly #ends = new Set<() => void>();
  #apiTroubles = 0;
  #troubled: LastTroubled = { apiMs: 0, prometheusMs: 0 };
  #quietFromMs = 0;

  constructor(world: SeededWorld, seed: number) {
    this.#world = world;
    this.#dice = new Dice(seed, "troubles");
    world.time.every(LOOK_EVERY_MS, () => this.#look());
    world.time.every(CHECK_EVERY_MS, () => this.#check());
  }

  /** The first violation ends the story: what follows only hides it. */
  get isViolated(): boolean {
    return this.violations.length + this.#world.judge.violations.length > 0;
  }

  async pass(ms: number): Promise<void> {
    if (!this.isViolated) await this.#world.time.pass(ms, () => this.isViolated);
  }

  async trouble(forMs: number): Promise<void> {
    const untilMs = this.#world.time.elapsedMs + forMs;
    while (this.#world.time.elapsedMs < untilMs && !this.isViolated) {
      this.#begin();
      await this.pass(this.#dice.whole(LEAST_BETWEEN_TROUBLES_MS, MOST_BETWEEN_TROUBLES_MS));
    }
  }

  /** All causes are gone: after a while all is as its owner wants it, and stays so, whoever is restarted. */
  async recover(): Promise<void> {
    this.#heal();
    await this.#passUntilHealed();
    this.#restart();
    await this.pass(QUIET_MS);
    this.#checkNothingWritten("P6, P9: all is as its owner wants it, and the loop still writes");
  }

  /** P9: with a backend that stays away, a restart causes no write. P5: one that stays sick is given no more than tries. */
  async lastingOutage(): Promise<void> {
    const { scene, owner, mesh, chronicle } = this.#world;
    const route = this.#dice.pick(owner.routes());
    const service = this.#dice.pick(servicesOf(route));
    const key = `${route.namespace}/${service}`;
    const settleMs = SETTLE_MS + SETTLE_INTERVALS * scene.intervalMs;
    const how = this.#dice.pick(["unready", "unready", "sick", "dead", "gateway"] as const);
    chronicle.tell(`${how === "gateway" && scene.cluster !== null ? scene.cluster : key} is ${how}, and it stays so`);
    if (how === "unready") owner.setReady(route.namespace, service, false);
    else if (how !== "gateway") mesh.behave(key, { good: how === "sick" ? 0.1 : 1, unreachable: how === "dead" });
    else if (scene.cluster !== null) mesh.setGateway(scene.cluster, "dead");
    if (how === "unready" || how === "gateway") {
      await this.pass(settleMs);
      this.#quietFromMs = this.#world.time.nowMs;
      const someoneReturns = this.#someoneReturns();
      this.#restart();
      await this.pass(settleMs);
      // A return that is under way goes on, whoever is restarted.
      if (!someoneReturns) this.#checkNothingWritten("P9: a restart in a lasting outage has led to a write");
    } else await this.pass(SETTLE_MS + 2 * paceOf(this.#world.fleet.rules, scene).toldMs);
    owner.setReady(route.namespace, service, true);
    mesh.behave(key, WELL);
    if (scene.cluster !== null) mesh.setGateway(scene.cluster, "alive");
    await this.#passUntilHealed();
  }

  #someoneReturns(): boolean {
    const { owner, routes } = this.#world;
    const objects = owner.routes().flatMap((route) => routes.byKey.get(keyOf(route)) ?? []);
    return objects.some((object) => Object.values(phasesOf(object)).some(({ phase }) => phase === "returning"));
  }

  #look(): void {
    if (this.isViolated) return;
    const { time, prometheus, judge, fleet } = this.#world;
    if (prometheus.weather !== "fair") this.#troubled = { ...this.#troubled, prometheusMs: time.nowMs };
    judge.look(fleet.replicas);
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
    chronicle.tell("all causes are gone");
  }

  /** P6. */
  async #passUntilHealed(): Promise<void> {
    const { scene, fleet } = this.#world;
    const { toldMs, longestWaitMs, returnMs } = paceOf(fleet.rules, scene);
    await this.pass(OVERCOME_MS + toldMs + longestWaitMs + 2 * returnMs);
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

  /** All traffic is where its owner wants it, in the owner's spelling. */
  #checkHealed(): void {
    if (this.isViolated) return;
    const { routes, owner, prometheus } = this.#world;
    for (const [key, { splits }] of owner.wants) {
      const object = routes.byKey.get(key);
      const live = object === undefined ? "gone" : spelled(splitsOf(object));
      if (live !== spelled(splits)) this.#violated(`P6, P13: ${key}: all is well, and the weights are ${live}, not ${spelled(splits)}`);
    }
    for (const query of prometheus.unknown) this.#violated(`Prometheus was asked what it does not know: ${query}`);
  }

  #checkNothingWritten(wrong: string): void {
    if (!this.isViolated && this.#world.judge.lastLandedMs > this.#quietFromMs) this.#violated(wrong);
  }

  #begin(): void {
    const { scene, owner, chronicle } = this.#world;
    const trouble = drawTrouble(this.#dice, owner.routes(), scene);
    const lastsMs = this.#dice.whole(SHORTEST_TROUBLE_MS, LONGEST_TROUBLE_MS);
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

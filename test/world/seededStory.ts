import { checkProgress, type LastTroubled } from "./checkProgress.ts";
import { spellingsOf } from "./checkWeights.ts";
import { Dice } from "./dice.ts";
import { splitPath } from "./owner.ts";
import { createSeededWorld, type SeededWorld } from "./seededWorld.ts";
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
const QUIET_MS = 60_000;
/** A backend that is lost is left long before, and a new leader is found. */
const SETTLE_MS = 60_000;
const LEAST_BETWEEN_TROUBLES_MS = 1_000;
const MOST_BETWEEN_TROUBLES_MS = 45_000;
const SHORTEST_TROUBLE_MS = 2_000;
const LONGEST_TROUBLE_MS = 240_000;

/** Whatever the rules say, so long may it take until a silent watch, a lost leader and the last bad window are overcome. */
const OVERCOME_MS = 180_000;

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
      await story.trouble(options.troubledMs ?? TROUBLED_MS);
      await story.recover();
      await story.restartInOutage();
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
  readonly #seed: number;
  readonly #dice: Dice;
  readonly #ends = new Set<() => void>();
  #apiTroubles = 0;
  #troubled: LastTroubled = { apiMs: 0, prometheusMs: 0 };
  #quietFromMs = 0;

  constructor(world: SeededWorld, seed: number) {
    this.#world = world;
    this.#seed = seed;
    this.#dice = new Dice(seed, "troubles");
    world.time.every(SECOND_MS, () => this.#look());
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

  /** P9: with a backend that stays away, a restart causes no write. */
  async restartInOutage(): Promise<void> {
    const { scene, owner, chronicle } = this.#world;
    const { namespace, backends } = this.#dice.pick(scene.splits);
    const service = this.#dice.pick(backends);
    chronicle.tell(`${namespace}/${service} has no ready endpoint, and it stays so`);
    owner.setReady(namespace, service, false);
    await this.pass(SETTLE_MS);
    this.#quietFromMs = this.#world.time.nowMs;
    this.#restart();
    await this.pass(SETTLE_MS);
    this.#checkNothingWritten("P9: a restart in a lasting outage has led to a write");
    owner.setReady(namespace, service, true);
    await this.#passUntilHealed();
  }

  /** Every second. */
  #look(): void {
    if (this.isViolated) return;
    const { time, prometheus, judge, fleet } = this.#world;
    judge.look(fleet.replicas);
    if (this.#apiTroubles > 0) {
      this.#troubled = { ...this.#troubled, apiMs: time.nowMs };
      judge.apiTroubledMs = time.nowMs;
    }
    if (prometheus.weather !== "fair") this.#troubled = { ...this.#troubled, prometheusMs: time.nowMs };
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
    const { scene } = this.#world;
    await this.pass(OVERCOME_MS + scene.longestWaitMs + 2 * scene.returnMs);
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
    const { double, owner, prometheus } = this.#world;
    for (const [key, wanted] of owner.wants) {
      const [namespace = "", name = ""] = key.split("/");
      const object = double.get(splitPath(namespace, name));
      const live = object === null ? [] : spellingsOf(object);
      if (JSON.stringify(live) !== JSON.stringify(wanted))
        this.#violated(`P6, P13: ${key}: all is well, and the weights are ${JSON.stringify(live)}, not ${JSON.stringify(wanted)}`);
    }
    for (const query of prometheus.unknown) this.#violated(`Prometheus was asked what it does not know: ${query}`);
  }

  #checkNothingWritten(wrong: string): void {
    if (!this.isViolated && this.#world.judge.lastLandedMs > this.#quietFromMs) this.#violated(wrong);
  }

  #begin(): void {
    const { scene, chronicle } = this.#world;
    const trouble = drawTrouble(this.#seed, this.#dice, scene.splits);
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

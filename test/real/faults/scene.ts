import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ControllerWorld, type Launch, Replica, until } from "../controllerWorld.ts";
import { recordFault, type Theme } from "./recordFault.ts";

/** What a fault may take to be told where users look. */
const SEEN_WITHIN_MS = 20_000;
/** How long a fault lasts at least, once it was seen: longer than `failAfter` in the scenes. */
const HELD_MS = 3_000;
/** What may be remembered more than before the fault: V8 gives memory back when it likes. */
const MEMORY_SLACK_BYTES = 64 * 1024 * 1024;
const MEMORY_BACK_WITHIN_MS = 20_000;
/** Two looks, at the interval that is the default: a try for a list comes no later, nor one for the Lease. */
const CONVERGED_WITHIN_MS = 2 * 5_000;

/** Where users see that something is wrong. */
export interface Sight {
  /** Part of a line of the log. */
  readonly log?: string;
  /** The beginning of a series, without our prefix, and its value. */
  readonly metric?: readonly [series: string, value: number];
  readonly probe?: readonly [path: string, status: number];
}

/** A fault as it is played: what breaks, what is true meanwhile, and how it is mended. */
export interface Play {
  readonly fault: string;
  strike(): unknown;
  readonly sight: Sight;
  /** What happens to the backends while it lasts. */
  meanwhile?(): unknown;
  mend(): unknown;
  /** Resolves once the controller does again what it should. */
  converged(): Promise<unknown>;
  /** How often the route is to be written from the beginning to then: one write more is a wrong move. */
  readonly writes: number;
  /** What may stay in memory until V8 collects, where that is more than usual. */
  readonly slackBytes?: number;
  /** What is waited for is told where it is not a look and a try. */
  readonly note?: string;
}

/** One route, and a controller that manages nothing else. Several scenes can be played side by side. */
export class Scene {
  readonly world: ControllerWorld;
  readonly name: string;
  readonly replica: Replica;

  private constructor(world: ControllerWorld, name: string, replica: Replica) {
    this.world = world;
    this.name = name;
    this.replica = replica;
  }

  /** The TrafficSplit NAME over `NAME` and `NAME-east`, and its controller, leading. */
  static async open(
    world: ControllerWorld,
    name: string,
    settings: Readonly<Record<string, string>> = {},
    launch?: Launch,
  ): Promise<Scene> {
    await Scene.prepare(world, name);
    const replica = await Scene.controller(world, name, settings, launch);
    await replica.untilLeading();
    return new Scene(world, name, replica);
  }

  /** Creates the route alone. */
  static async prepare(world: ControllerWorld, name: string): Promise<void> {
    await world.split(name);
    await world.label(name, { scene: name });
    await world.leaseNamespace(name);
  }

  /** A controller of that route alone, which stands for election among those of the same scene. */
  static controller(
    world: ControllerWorld,
    name: string,
    settings: Readonly<Record<string, string>> = {},
    launch?: Launch,
  ): Promise<Replica> {
    return Replica.start(world, { selector: `scene=${name}`, namespace: name, ...settings }, launch);
  }

  /** The primary loses its endpoints, or has them again. */
  ready(ready: boolean): Promise<void> {
    return this.world.ready(this.name, ready);
  }

  untilWeights(wanted: string, limitMs?: number): Promise<void> {
    return this.world.untilWeights(this.name, wanted, limitMs);
  }

  /** How often the weights were written so far, whoever wrote. */
  async writes(): Promise<number> {
    return ((await this.world.object(this.name)).metadata.generation as number) - 1;
  }

  untilMetric(series: string, wanted: (value: number | null) => boolean, limitMs?: number): Promise<unknown> {
    return until(`${this.name}: ${series}`, () => this.replica.metric(series), wanted, limitMs);
  }

  /** Plays a fault from its beginning to its end, and records what was seen. */
  async play(theme: Theme, play: Play): Promise<void> {
    const { replica } = this;
    const before = { writes: await this.writes(), bytes: residentBytes(replica), heard: replica.log.length };
    await play.strike();
    await this.#see(play.sight, before.heard);
    await play.meanwhile?.();
    await sleep(HELD_MS);
    await play.mend();
    const mendedMs = performance.now();
    await play.converged();
    const recoveryMs = performance.now() - mendedMs;
    assert.ok(recoveryMs < CONVERGED_WITHIN_MS, `it took ${Math.round(recoveryMs)} ms to recover`);
    assert.equal((await this.writes()) - before.writes, play.writes, "how often the weights were written");
    await this.calm(before.bytes + (play.slackBytes ?? MEMORY_SLACK_BYTES));
    const { fault, sight, note } = play;
    recordFault({ theme, fault, sight, recoveryMs, ...(note === undefined ? {} : { note }) });
  }

  /** The process lives, takes no more memory than this, and never said anything but lines of its log. */
  async calm(mostBytes: number): Promise<void> {
    assert.equal(this.replica.child.exitCode, null);
    const otherWords = this.replica.log.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
    assert.deepEqual(otherWords, []);
    await until(
      `${this.name} to give memory back`,
      async () => residentBytes(this.replica),
      (bytes) => bytes <= mostBytes,
      MEMORY_BACK_WITHIN_MS,
    );
  }

  async #see({ log, metric, probe }: Sight, heard: number): Promise<void> {
    if (log !== undefined) {
      await until(
        `${this.name} to say "${log}"`,
        async () => this.replica.log.slice(heard),
        (said) => said.includes(log),
        SEEN_WITHIN_MS,
      );
    }
    if (metric !== undefined) await this.untilMetric(metric[0], (value) => value === metric[1], SEEN_WITHIN_MS);
    if (probe !== undefined) {
      await until(
        `${this.name}: ${probe[0]}`,
        () => this.replica.status(probe[0]),
        (status) => status === probe[1],
        SEEN_WITHIN_MS,
      );
    }
  }
}

/** What the process has in memory now; 0 where the system does not tell. */
export function residentBytes({ child }: Replica): number {
  return statusBytes(child.pid, "VmRSS");
}

/** The most that it ever had. */
export function peakBytes({ child }: Replica): number {
  return statusBytes(child.pid, "VmHWM");
}

function statusBytes(pid: number | undefined, field: string): number {
  const file = join("/proc", String(pid), "status");
  if (!existsSync(file)) return 0;
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(file, "utf8"))?.[1] ?? 0) * 1_024;
}

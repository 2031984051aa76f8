import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ControllerWorld, type Launch, Replica, until } from "../controllerWorld.ts";
import { isRecording, recordFault, type Theme } from "./recordFault.ts";

/** On a machine with much other work: a first query may fail for want of time, and another reason is logged a minute later. */
const SEEN_WITHIN_MS = 120_000;
/** Minimum duration of a fault after it is visible: longer than `failAfter` in the scenes. */
const HELD_MS = 3_000;
/** How much the memory may grow during a fault; V8 releases it later. */
const MEMORY_SLACK_BYTES = 64 * 1024 * 1024;
const MEMORY_BACK_WITHIN_MS = 60_000;
/**
 * Two ticks at the default interval; the next list and the next read of the Lease come within this time. Where the times are
 * not published, the machine may have other work.
 */
const CONVERGED_WITHIN_MS = (isRecording() ? 2 : 6) * 5_000;

/** Where users see the fault. */
export interface Sight {
  /** Part of a line of the log. */
  readonly log?: string;
  /** The beginning of a series, without our prefix, and its value. */
  readonly metric?: readonly [series: string, value: number];
  readonly probe?: readonly [path: string, status: number];
}

/** A fault: how to cause it, what happens meanwhile, and how to end it. */
export interface Play {
  readonly fault: string;
  strike(): unknown;
  readonly sight: Sight;
  /** Changes to the backends during the fault. */
  meanwhile?(): unknown;
  mend(): unknown;
  /** Resolves once the controller works as expected again. */
  converged(): Promise<unknown>;
  /** How often the controller must write the route until then; another write is a wrong move. */
  readonly writes: number;
  /** Additional memory that may be in use until V8 collects garbage, if it is more than usual. */
  readonly slackBytes?: number;
  /** What the recovery time measures, if it is not the next tick. */
  readonly note?: string;
}

/** One route, and a controller that manages only this route. Several scenes can run in parallel. */
export class Scene {
  readonly world: ControllerWorld;
  readonly name: string;
  readonly replica: Replica;

  private constructor(world: ControllerWorld, name: string, replica: Replica) {
    this.world = world;
    this.name = name;
    this.replica = replica;
  }

  /** Opens a scene with the TrafficSplit NAME over `NAME` and `NAME-east`, and a leading controller. */
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

  /** Creates the route only. */
  static async prepare(world: ControllerWorld, name: string): Promise<void> {
    await world.split(name);
    await world.label(name, { scene: name });
    await world.leaseNamespace(name);
  }

  /** Starts a controller for that route only. It competes with those of the same scene for the Lease. */
  static controller(
    world: ControllerWorld,
    name: string,
    settings: Readonly<Record<string, string>> = {},
    launch?: Launch,
  ): Promise<Replica> {
    return Replica.start(world, { selector: `scene=${name}`, namespace: name, ...settings }, launch);
  }

  /** The primary loses its endpoints, or gets them back. */
  ready(ready: boolean): Promise<void> {
    return this.world.ready(this.name, ready);
  }

  untilWeights(wanted: string, limitMs?: number): Promise<void> {
    return this.world.untilWeights(this.name, wanted, limitMs);
  }

  /** How often the weights were written so far, by any writer. */
  async writes(): Promise<number> {
    return ((await this.world.object(this.name)).metadata.generation as number) - 1;
  }

  untilMetric(series: string, wanted: (value: number | null) => boolean, limitMs?: number): Promise<unknown> {
    return until(`${this.name}: ${series}`, () => this.replica.metric(series), wanted, limitMs);
  }

  /** Causes a fault, ends it, checks the recovery and records it. */
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
    assert.equal((await this.writes()) - before.writes, play.writes, "number of writes of the weights");
    await this.calm(before.bytes + (play.slackBytes ?? MEMORY_SLACK_BYTES));
    const { fault, sight, note } = play;
    recordFault({ theme, fault, sight, recoveryMs, ...(note === undefined ? {} : { note }) });
  }

  /** Checks that the process lives, has logged only JSON lines, and uses at most this many bytes after a while. */
  async calm(mostBytes: number): Promise<void> {
    assert.equal(this.replica.child.exitCode, null);
    const otherLines = this.replica.log.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
    assert.deepEqual(otherLines, []);
    await until(
      `${this.name} to release memory`,
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

/** Resident memory of the process; 0 if the system does not report it. */
export function residentBytes({ child }: Replica): number {
  return statusBytes(child.pid, "VmRSS");
}

/** Peak resident memory of the process. */
export function peakBytes({ child }: Replica): number {
  return statusBytes(child.pid, "VmHWM");
}

function statusBytes(pid: number | undefined, field: string): number {
  const file = join("/proc", String(pid), "status");
  if (!existsSync(file)) return 0;
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(file, "utf8"))?.[1] ?? 0) * 1_024;
}

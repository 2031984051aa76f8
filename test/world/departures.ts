import type { Brakes } from "../../src/rules/ruleSet.ts";
import type { ApiObject } from "./apiResource.ts";
import { leftOnMetrics, phasesOf, sharesOf } from "./remembered.ts";

interface Departure {
  readonly key: string;
  /** Time of the decision. */
  readonly atMs: number;
}

/** A successful write of ours. */
export interface LandedWrite {
  readonly sender: string;
  readonly key: string;
  readonly before: ApiObject;
  readonly after: ApiObject;
  /** Whether the weights differed from the owner's before it. */
  readonly isShifted: boolean;
  readonly landedMs: number;
  /** Error of the writer's clock. */
  readonly clockWrongByMs: number;
}

/** Other writers may have changed the object between a decision and a later write. */
const LATEST_MS = 10_000;

/**
 * P12: within a period no more routes leave their baseline by metrics than `maxShifted` allows. Counted for each writer,
 * because another one does not know of departures that are already over, and by the times in the annotations. Exempt are late
 * writes, and routes that were already shifted.
 */
export class DepartureLog {
  /** The last time at which as many routes as are allowed had left lately. */
  fullMs = Number.NEGATIVE_INFINITY;
  readonly #bySender = new Map<string, Departure[]>();

  /** Forgets all departures, because other limits apply from now on. */
  forget(): void {
    this.#bySender.clear();
  }

  /** Records a write. Returns what is wrong with it, or null. */
  take({ sender, key, before, after, isShifted, landedMs, clockWrongByMs }: LandedWrite, routes: number, brakes: Brakes): string | null {
    const was = phasesOf(before);
    const is = phasesOf(after);
    const shares = sharesOf(before);
    const sharesAfter = sharesOf(after);
    // A backend that leaves while no backend serves can keep its load, or get more.
    const left = [...shares].filter(
      ([backend, share]) =>
        share > (sharesAfter.get(backend) ?? 0) && leftOnMetrics(is[backend]) && (was[backend]?.phase ?? "serving") === "serving",
    );
    const [first] = left;
    if (first === undefined || isShifted) return null;
    const atMs = (is[first[0]]?.sinceMs ?? 0) - clockWrongByMs;
    if (Math.abs(landedMs - atMs) > LATEST_MS) return null;
    const log = this.#bySender.get(sender) ?? [];
    this.#bySender.set(sender, log);
    log.push({ key, atMs });
    const { share, atLeast, withinMs } = brakes.maxShifted;
    const most = Math.max(atLeast, Math.floor(share * routes));
    const lately = new Set(log.filter((other) => other.atMs <= atMs && atMs - other.atMs < withinMs).map((other) => other.key));
    if (lately.size >= most) this.fullMs = landedMs + withinMs;
    return lately.size <= most
      ? null
      : `P12: ${lately.size} routes left by metrics within ${withinMs} ms, ${most} are allowed: ${[...lately].join(", ")}`;
  }
}

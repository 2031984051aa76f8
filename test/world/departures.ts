import type { Brakes } from "../../src/rules/ruleSet.ts";
import type { ApiObject } from "./apiResource.ts";
import { leftOnMetrics, phasesOf, sharesOf } from "./remembered.ts";

interface Departure {
  readonly key: string;
  /** When it was decided. */
  readonly atMs: number;
}

/** A write of ours as it landed. */
export interface LandedWrite {
  readonly sender: string;
  readonly key: string;
  readonly before: ApiObject;
  readonly after: ApiObject;
  /** Before it the weights were not the owner's. */
  readonly isShifted: boolean;
  readonly landedMs: number;
  /** How much the clock of who wrote it is wrong. */
  readonly clockWrongByMs: number;
}

/** A write that comes later was decided about an object that others may have changed since. */
const LATEST_MS = 10_000;

/**
 * P12: in a while no more routes leave their baseline by metrics than `maxShifted` allows. Counted by who decided, since
 * another one learns of a departure that is over by then from nobody, and by the times in the annotations. Exempt are
 * writes that come late, and a route that was shifted before, which has left already.
 */
export class DepartureLog {
  readonly #bySender = new Map<string, Departure[]>();

  /** Other limits hold from now on. */
  forget(): void {
    this.#bySender.clear();
  }

  /** Takes a write; returns what is wrong with it, null where nothing is. */
  take({ sender, key, before, after, isShifted, landedMs, clockWrongByMs }: LandedWrite, routes: number, brakes: Brakes): string | null {
    const was = phasesOf(before);
    const is = phasesOf(after);
    const shares = sharesOf(before);
    const sharesAfter = sharesOf(after);
    // Who leaves while nobody serves may keep its load, or get more.
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
    return lately.size <= most
      ? null
      : `P12: ${lately.size} routes left by metrics within ${withinMs} ms, ${most} may: ${[...lately].join(", ")}`;
  }
}

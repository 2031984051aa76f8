import type { SignalJudgement } from "../evaluator/model/judgement.ts";
import type { RouteState } from "../evaluator/model/state.ts";
import type { RouteKind } from "../routes/route.ts";

/** Routes between two turns of the event loop. */
const ROUTES_A_SLICE = 500;

/** Sums over routes. */
export class Totals {
  readonly routes = new Map<RouteKind, number>();
  /** By `SIGNAL STATE`. All operators' queries are counted together, because the number of their names is not limited. */
  readonly readings = new Map<string, number>();

  /** The sums over all these routes, added up in slices: other work comes in between. */
  static async of(routes: Iterable<RouteState>): Promise<Totals> {
    const totals = new Totals();
    let done = 0;
    for (const route of routes) {
      totals.add(route);
      done += 1;
      if (done % ROUTES_A_SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return totals;
  }

  add({ ref, backends }: RouteState): void {
    this.routes.set(ref.kind, (this.routes.get(ref.kind) ?? 0) + 1);
    for (const { judgement } of backends.values()) {
      for (const signal of judgement.hard) this.#count(signal);
      for (const signal of judgement.soft) this.#count(signal);
    }
  }

  #count({ signal, reading }: SignalJudgement): void {
    const key = `${signal.startsWith("query ") ? "query" : signal} ${reading.state}`;
    this.readings.set(key, (this.readings.get(key) ?? 0) + 1);
  }
}

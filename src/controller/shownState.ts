import { asWritten } from "../evaluator/explain/asWritten.ts";
import type { Decision } from "../evaluator/model/decision.ts";
import type { State } from "../evaluator/model/state.ts";
import type { Route } from "../routes/route.ts";

/** What the metrics and the page show: the state of the last tick, with the weights that were written since then. */
export class ShownState {
  /** By `routeKey`: what was written, and the object that it was written over. */
  readonly #written = new Map<string, { readonly over: Route; readonly decision: Decision }>();
  #made: { readonly of: State; readonly shown: State } | null = null;

  /** A decision about this route was written. */
  note(over: Route, decision: Decision): void {
    this.#written.set(over.key, { over, decision });
    this.#made = null;
  }

  /** The same object until the state changes, or something is written. */
  of(state: State): State {
    if (this.#written.size === 0) return state;
    if (this.#made?.of === state) return this.#made.shown;
    const routes = new Map(state.routes);
    for (const [key, { over, decision }] of this.#written) {
      const route = routes.get(key);
      // A tick that has seen another object has seen the write, or what came after it.
      if (route === undefined || route.trace.route !== over) this.#written.delete(key);
      else routes.set(key, asWritten(route, decision));
    }
    const shown = this.#written.size === 0 ? state : { ...state, routes };
    this.#made = { of: state, shown };
    return shown;
  }
}

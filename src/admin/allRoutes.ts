import type { Report } from "../controller/report.ts";
import type { State } from "../evaluator/model/state.ts";
import { type Packed, pack, shared } from "./packed.ts";
import { routeJson } from "./routeJson.ts";

/** All routes as JSON, made a few at a time. Requests about the same tick get the same text. */
export function createAllRoutes(report: () => Report): () => Promise<Packed> {
  // The state of an old tick must not be kept alive.
  let made: { readonly of: WeakRef<State>; readonly packed: Packed } | null = null;
  return shared(async () => {
    const { state } = report();
    if (made?.of.deref() === state) return made.packed;
    const packed = await pack(routesJson(state));
    made = { of: new WeakRef(state), packed };
    return packed;
  });
}

function* routesJson({ routes, aheadMs }: State): Generator<string> {
  let before = "[";
  for (const route of routes.values()) {
    yield before + JSON.stringify(routeJson(route, aheadMs));
    before = ",";
  }
  yield routes.size === 0 ? "[]\n" : "]\n";
}

import type { Endpoints, Metrics, Observation } from "../evaluator/model/observation.ts";
import type { Route } from "../routes/route.ts";
import type { Remotes } from "./endpointWatch.ts";

/** What a tick observes, read from the watches and from the last answers of Prometheus. */
export interface Sources {
  readonly routes: { all(): readonly Route[]; get(key: string): Route | undefined };
  readonly endpoints: {
    view(): Pick<ReadonlyMap<string, Endpoints>, "get">;
    remotes(): Pick<Remotes, "clusters">;
    sight(): string;
  };
  readonly lastMetrics: (nowMs: number) => Metrics | null;
}

/** Notes which routes change from tick to tick. */
export class ChangeLog {
  readonly #sources: Sources;
  /** By `routeKey`: the routes that have changed since they were read last. */
  readonly #changed = new Set<string>();
  #last: { readonly sight: string; readonly metrics: Metrics | null } | null = null;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** The object or the endpoints of these routes have changed. */
  note(keys: Iterable<string>): void {
    for (const key of keys) this.#changed.add(key);
  }

  /** As `Observer.read`. */
  read(nowMs: number, at: "all" | "changes", also: Iterable<string>): Observation {
    const { routes, endpoints, lastMetrics } = this.#sources;
    const sight = endpoints.sight();
    const metrics = at === "changes" && this.#last !== null ? this.#last.metrics : lastMetrics(nowMs);
    // Where a watch has fallen silent, or is back, every route may be concerned.
    const isSameSight = this.#last !== null && this.#last.sight === sight;
    const keys = new Set([...this.#changed, ...also]);
    const changed = { routes: new Map([...keys].map((key) => [key, routes.get(key) ?? null])), onlyThese: at === "changes" };
    this.#changed.clear();
    this.#last = { sight, metrics };
    const observation = { routes: routes.all(), endpoints: endpoints.view(), metrics, clusters: endpoints.remotes().clusters };
    return isSameSight ? { ...observation, changed } : observation;
  }
}

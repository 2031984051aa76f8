import { isDeepStrictEqual } from "node:util";
import type { KubeApi, KubeObject } from "../kube/kubeApi.ts";
import type { Route, RouteCodec } from "../routes/route.ts";
import type { Change } from "./informer.ts";
import { isManaged, type Selector } from "./managed.ts";
import type { ResourceHealth } from "./observer.ts";
import { type DatedRoute, type LimitedRoutes, limitRoutes, MAX_ROUTES_PER_NAMESPACE } from "./routeLimit.ts";
import { Watcher } from "./watcher.ts";

/** How a managed route ceased to be one. */
export type Released = "deleted" | "unlabelled";

export interface RouteWatchOptions {
  readonly kube: KubeApi;
  readonly codecs: readonly RouteCodec[];
  readonly selector: Selector | null;
  readonly namespaces: readonly string[];
  /** Managed routes of one namespace at most. */
  readonly maxRoutesPerNamespace?: number;
  /** Not called where nothing but the resourceVersion is new. */
  onChange(before: Route | null, now: Route | null): void;
  onReleased(route: Route, why: Released): void;
  readonly nowMs: () => number;
  readonly random: () => number;
}

/**
 * The managed routes of all kinds. Every object of a kind is watched and most are forgotten at once: the two labels are
 * alternatives, which no selector of the API can express.
 */
export class RouteWatch {
  readonly #options: RouteWatchOptions;
  readonly #watchers: readonly Watcher<DatedRoute>[];
  #limited: LimitedRoutes | null = null;

  constructor(options: RouteWatchOptions) {
    this.#options = options;
    this.#watchers = options.codecs.map(
      (codec) =>
        new Watcher<DatedRoute>({
          kube: options.kube,
          resource: { ...codec.resource, name: resourceName(codec) },
          namespaces: options.namespaces,
          project: (object) => (isManaged(object.metadata?.labels, options.selector) ? dated(object, codec) : null),
          onChange: (change) => this.#changed(change),
          optional: true,
          nowMs: options.nowMs,
          random: options.random,
        }),
    );
  }

  async start(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#watchers.map((watcher) => watcher.start(signal)));
  }

  /** The server's answer to a write over what `route` was read from. */
  saw(route: Route, object: KubeObject): void {
    const i = this.#options.codecs.findIndex((codec) => codec.kind === route.kind);
    // It may have been written through another version than the watched one: no version of a kind of route spells it otherwise.
    this.#watchers[i]?.saw(
      { ...object, apiVersion: route.apiVersion },
      route.resourceVersion,
      (known) => known.route.resourceVersion === route.resourceVersion,
    );
  }

  /** The same array as long as no route changed. */
  all(): readonly Route[] {
    return this.#look().routes;
  }

  /** By namespace: how many managed routes are too many, and so not among them. */
  leftOut(): ReadonlyMap<string, number> {
    return this.#look().leftOut;
  }

  health(): readonly ResourceHealth[] {
    return this.#watchers.map((watcher) => watcher.health());
  }

  #look(): LimitedRoutes {
    const { maxRoutesPerNamespace = MAX_ROUTES_PER_NAMESPACE } = this.#options;
    this.#limited ??= limitRoutes(
      this.#watchers.flatMap((watcher) => [...watcher.values()]),
      maxRoutesPerNamespace,
    );
    return this.#limited;
  }

  #changed(change: Change<DatedRoute>): void {
    this.#limited = null;
    const [before, now] = [change.before?.route ?? null, change.now?.route ?? null];
    if (before !== null && now !== null && isDeepStrictEqual({ ...before, resourceVersion: "" }, { ...now, resourceVersion: "" })) return;
    if (before !== null && now === null) this.#options.onReleased(before, change.deleted ? "deleted" : "unlabelled");
    this.#options.onChange(before, now);
  }
}

function dated(object: KubeObject, codec: RouteCodec): DatedRoute {
  return { route: codec.read(object), createdAt: object.metadata?.creationTimestamp ?? "" };
}

/** The plural, with the group where the kind carries it too: two groups have `httproutes`. */
function resourceName({ kind, resource }: RouteCodec): string {
  return kind.includes(".") ? `${resource.plural}.${resource.group}` : resource.plural;
}

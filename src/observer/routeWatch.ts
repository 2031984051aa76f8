import { isDeepStrictEqual } from "node:util";
import type { KubeApi, KubeObject } from "../kube/kubeApi.ts";
import type { Route, RouteCodec } from "../routes/route.ts";
import type { Change } from "./change.ts";
import { isManaged, type Selector } from "./managed.ts";
import type { ResourceHealth } from "./observer.ts";
import { type DatedRoute, type LimitedRoutes, limitRoutes, MAX_ROUTES_PER_NAMESPACE } from "./routeLimit.ts";
import { Watcher } from "./watcher.ts";

/** Why a route is no longer managed. */
export type Released = "deleted" | "unlabelled";

export interface RouteWatchOptions {
  readonly kube: KubeApi;
  readonly codecs: readonly RouteCodec[];
  readonly selector: Selector | null;
  readonly namespaces: readonly string[];
  /** Maximum number of managed routes in one namespace. */
  readonly maxRoutesPerNamespace?: number;
  /** Not called if only the resourceVersion has changed. */
  onChange(before: Route | null, now: Route | null): void;
  onReleased(route: Route, why: Released): void;
  readonly nowMs: () => number;
  readonly random: () => number;
}

/**
 * The managed routes of all kinds. Every object of a kind is watched and filtered here: a route is managed if it has
 * either of two labels, and no label selector of the API can express that.
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
          isSame: ({ route: cached }, { route: listed }) =>
            cached.resourceVersion === listed.resourceVersion && cached.apiVersion === listed.apiVersion,
          onChange: (change) => this.#changed(change),
          optional: true,
          nowMs: options.nowMs,
          random: options.random,
        }),
    );
  }

  start(signal: AbortSignal): void {
    for (const watcher of this.#watchers) watcher.start(signal);
  }

  /** As `Watcher.listed`, of all kinds. */
  async listed(scope: string | null): Promise<void> {
    await Promise.all(this.#watchers.map((watcher) => watcher.listed(scope)));
  }

  /** Takes the server's answer to a write that was computed from `route`. */
  noteWritten(route: Route, object: KubeObject): void {
    const i = this.#options.codecs.findIndex((codec) => codec.kind === route.kind);
    // The write may use another API version than the watch; all versions of a kind have the same fields.
    this.#watchers[i]?.noteWritten(
      { ...object, apiVersion: route.apiVersion },
      route.resourceVersion,
      (known) => known.route.resourceVersion === route.resourceVersion,
    );
  }

  /** The managed routes within the limit. The same array until a route changes. */
  all(): readonly Route[] {
    return this.#limitedRoutes().routes;
  }

  /** By namespace: the number of routes above the limit, which `all` leaves out. */
  leftOut(): ReadonlyMap<string, number> {
    return this.#limitedRoutes().leftOut;
  }

  health(): readonly ResourceHealth[] {
    return this.#watchers.map((watcher) => watcher.health());
  }

  #limitedRoutes(): LimitedRoutes {
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

/** The plural, with the group if the kind has it too: two groups have `httproutes`. */
function resourceName({ kind, resource }: RouteCodec): string {
  return kind.includes(".") ? `${resource.plural}.${resource.group}` : resource.plural;
}

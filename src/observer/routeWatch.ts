import { isDeepStrictEqual } from "node:util";
import type { KubeApi, KubeObject } from "../kube/kubeApi.ts";
import type { Route, RouteCodec } from "../routes/route.ts";
import type { Change } from "./change.ts";
import { isManaged, type Selector } from "./managed.ts";
import type { ResourceHealth } from "./observer.ts";
import { type DatedRoute, MAX_ROUTES_PER_NAMESPACE } from "./routeLimit.ts";
import { RouteList } from "./routeList.ts";
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
  readonly #list: RouteList;

  constructor(options: RouteWatchOptions) {
    this.#options = options;
    this.#watchers = options.codecs.map((codec) => {
      const watcher: Watcher<DatedRoute> = new Watcher<DatedRoute>({
        kube: options.kube,
        resource: { ...codec.resource, name: resourceName(codec) },
        namespaces: options.namespaces,
        project: (object) =>
          isManaged(object.metadata?.labels, options.selector) ? (alreadyRead(object, watcher) ?? dated(object, codec)) : null,
        isSame: ({ route: cached }, { route: listed }) =>
          cached.resourceVersion === listed.resourceVersion && cached.apiVersion === listed.apiVersion,
        onChange: (change) => this.#changed(change),
        optional: true,
        nowMs: options.nowMs,
        random: options.random,
      });
      return watcher;
    });
    const { maxRoutesPerNamespace = MAX_ROUTES_PER_NAMESPACE } = options;
    this.#list = new RouteList(() => this.#watchers.flatMap((watcher) => [...watcher.values()]), maxRoutesPerNamespace);
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
    return this.#list.routes();
  }

  /** The managed route with this `routeKey`; undefined: there is none within the limit. */
  get(key: string): Route | undefined {
    return this.#list.get(key);
  }

  /** By namespace: the number of routes above the limit, which `all` leaves out. */
  leftOut(): ReadonlyMap<string, number> {
    return this.#list.leftOut();
  }

  health(): readonly ResourceHealth[] {
    return this.#watchers.map((watcher) => watcher.health());
  }

  #changed(change: Change<DatedRoute>): void {
    const [before, now] = [change.before?.route ?? null, change.now?.route ?? null];
    // The same version: the watch repeats what a write has returned, or a list was read again.
    if (before !== null && now !== null && isSameVersion(before, now)) return;
    this.#list.change(before, now);
    if (before !== null && now !== null && isDeepStrictEqual({ ...before, resourceVersion: "" }, { ...now, resourceVersion: "" })) return;
    if (before !== null && now === null) this.#options.onReleased(before, change.deleted ? "deleted" : "unlabelled");
    this.#options.onChange(before, now);
  }
}

function isSameVersion(a: Route, b: Route): boolean {
  return a.uid === b.uid && a.resourceVersion === b.resourceVersion && a.apiVersion === b.apiVersion;
}

/** The object as it was read before: the watch repeats what a write has returned, and need not be read again. */
function alreadyRead({ apiVersion, metadata }: KubeObject, watcher: Pick<Watcher<DatedRoute>, "get">): DatedRoute | undefined {
  const known = watcher.get(`${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`);
  const { uid, resourceVersion, apiVersion: version } = known?.route ?? {};
  const isSame = uid !== "" && uid === metadata?.uid && resourceVersion === metadata?.resourceVersion && version === apiVersion;
  return isSame ? known : undefined;
}

function dated(object: KubeObject, codec: RouteCodec): DatedRoute {
  return { route: codec.read(object), createdAt: object.metadata?.creationTimestamp ?? "" };
}

/** The plural, with the group if the kind has it too: two groups have `httproutes`. */
function resourceName({ kind, resource }: RouteCodec): string {
  return kind.includes(".") ? `${resource.plural}.${resource.group}` : resource.plural;
}

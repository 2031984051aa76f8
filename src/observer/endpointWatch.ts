import { isDeepStrictEqual } from "node:util";
import type { Endpoints } from "../evaluator/model/observation.ts";
import type { KubeApi } from "../kube/kubeApi.ts";
import { type Route, serviceKey } from "../routes/route.ts";
import { EndpointCounts } from "./endpointCounts.ts";
import { isSameSlice, readSlice, type Slice } from "./endpointSlice.ts";
import type { ResourceHealth } from "./observer.ts";
import { type Remote, readRemote } from "./remote.ts";
import { Watcher } from "./watcher.ts";

const SLICES = { group: "discovery.k8s.io", versions: ["v1"], plural: "endpointslices" };
const SERVICES = { group: "", versions: ["v1"], plural: "services" };

const ELSEWHERE: Endpoints = { state: "elsewhere" };
const STALE: Endpoints = { state: "stale" };

export interface EndpointWatchOptions {
  readonly kube: KubeApi;
  readonly namespaces: readonly string[];
  /** The endpoints of Services that managed routes use have changed. Called with the `routeKey`s of these routes. */
  onChange(keys: readonly string[]): void;
  readonly nowMs: () => number;
  readonly random: () => number;
}

/** The endpoints of the Services that managed routes use. Of EndpointSlices only the identity and readiness of endpoints is cached. */
export class EndpointWatch {
  readonly #options: EndpointWatchOptions;
  readonly #counts = new EndpointCounts();
  /** The `routeKey`s of the managed routes that use each Service, as often as they name it. */
  readonly #uses = new Map<string, string[]>();
  /** What the Services in use stand for; null: it has changed. To go through 30 000 of them takes milliseconds, so no tick does. */
  #remotes: Remotes | null = null;
  readonly #slices: Watcher<Slice>;
  /** Keeps what the last view reads of a Service, which is about to change. `remote`: what it stood for, if that has just changed. */
  #keepFor: (service: string, remote?: Remote | null) => void = () => undefined;
  /** Caches only Services that stand for something outside this cluster. */
  readonly #remote: Watcher<Remote>;

  constructor(options: EndpointWatchOptions) {
    this.#options = options;
    this.#slices = new Watcher<Slice>({
      ...options,
      resource: SLICES,
      project: readSlice,
      isSame: isSameSlice,
      onChange: (change) => {
        for (const slice of [change.before, change.now]) if (slice !== null) this.#keepFor(slice.service);
        this.#tell(this.#counts.change(change));
      },
    });
    this.#remote = new Watcher<Remote>({
      ...options,
      resource: SERVICES,
      project: readRemote,
      onChange: ({ key, before, now }) => {
        if (isDeepStrictEqual(before, now)) return;
        this.#keepFor(key, before);
        this.#remotes = null;
        this.#tell([key]);
      },
    });
  }

  start(signal: AbortSignal): void {
    this.#slices.start(signal);
    this.#remote.start(signal);
  }

  /** As `Watcher.listed`, of slices and Services. */
  async listed(scope: string | null): Promise<void> {
    await Promise.all([this.#slices.listed(scope), this.#remote.listed(scope)]);
  }

  /** Records which Services a changed route used before and uses now. */
  use(before: Route | null, now: Route | null): void {
    const isSame = before !== null && now !== null && [...servicesOf(before)].join() === [...servicesOf(now)].join();
    if (isSame) return;
    this.#remotes = null;
    for (const service of servicesOf(before)) {
      const users = this.#uses.get(service) ?? [];
      const at = users.indexOf(before?.key ?? "");
      if (at >= 0) users.splice(at, 1);
      if (users.length === 0) this.#uses.delete(service);
    }
    for (const service of servicesOf(now)) {
      const users = this.#uses.get(service) ?? [];
      users.push(now?.key ?? "");
      this.#uses.set(service, users);
    }
  }

  /** The endpoints of each Service in use; a Service without EndpointSlices is not in the map. */
  read(): ReadonlyMap<string, Endpoints> {
    const read = new Map<string, Endpoints>();
    const endpointsOf = this.#reader();
    for (const service of this.#uses.keys()) {
      const endpoints = endpointsOf(service);
      if (endpoints !== undefined) read.set(service, endpoints);
    }
    return read;
  }

  /** The same without a copy: it stays as it is until the next view is taken, whatever changes. */
  view(): Pick<ReadonlyMap<string, Endpoints>, "get"> {
    const read = this.#reader();
    const kept = new Map<string, Endpoints | undefined>();
    this.#keepFor = (service, remote) => {
      if (!kept.has(service)) kept.set(service, read(service, remote));
    };
    return { get: (service) => (kept.size > 0 && kept.has(service) ? kept.get(service) : read(service)) };
  }

  /** Reads the endpoints of a Service as they are, with the watches as trusted as they were when it was first asked. */
  #reader(): (service: string, remote?: Remote | null) => Endpoints | undefined {
    const sights = new Map<string, Sight>();
    return (service, remote) => {
      const namespace = service.slice(0, service.indexOf("/"));
      const sight = sights.get(namespace) ?? this.#sightOf(namespace);
      sights.set(namespace, sight);
      return this.#endpointsOf(service, sight, remote) ?? undefined;
    };
  }

  /** What the watches can see now, as one text. Where it changes, the endpoints of any Service may have become unknown, or known. */
  sight(): string {
    const { namespaces } = this.#options;
    const scopes = namespaces.length === 0 ? [""] : namespaces;
    return scopes.map((namespace) => Object.values(this.#sightOf(namespace)).map(Number).join("")).join();
  }

  /** What the Services in use stand for. The same objects until that changes. */
  remotes(): Remotes {
    return (this.#remotes ??= this.#readRemotes());
  }

  #readRemotes(): Remotes {
    const clusters = new Map<string, string>();
    const linked = new Map<string, string>();
    const elsewhere = new Set<string>();
    for (const service of this.#uses.keys()) {
      const remote = this.#remote.get(service);
      if (remote?.kind === "gateway") clusters.set(service, remote.cluster);
      if (remote?.kind === "elsewhere") elsewhere.add(service);
      const cluster = remote?.cluster ?? null;
      if (cluster !== null) linked.set(service, cluster);
    }
    return { clusters, linked, elsewhere };
  }

  health(): readonly ResourceHealth[] {
    return [this.#slices.health(), this.#remote.health()];
  }

  #sightOf(namespace: string): Sight {
    const { namespaces } = this.#options;
    return {
      isWatched: namespaces.length === 0 || namespaces.includes(namespace),
      // Without a list of Services, not even a counted Service can be told from one whose gateway must be judged, too.
      isCurrent: this.#slices.trustedIn(namespace) && this.#remote.isListed(namespace),
      knowsRemotes: this.#remote.trustedIn(namespace),
    };
  }

  #endpointsOf(
    service: string,
    { isWatched, isCurrent, knowsRemotes }: Sight,
    remote: Remote | null | undefined = this.#remote.get(service),
  ): Endpoints | null {
    // This namespace is not watched, so the Service may well have endpoints.
    if (!isWatched) return ELSEWHERE;
    if (!isCurrent) return STALE;
    const counted = this.#counts.of(service);
    if (counted !== null) return counted;
    if (remote?.kind === "elsewhere") return ELSEWHERE;
    // Without a current list of Services, a Service without endpoints cannot be told from one whose endpoints are elsewhere.
    return knowsRemotes ? null : STALE;
  }

  #tell(services: readonly string[]): void {
    const keys = services.flatMap((service) => this.#uses.get(service) ?? []);
    if (keys.length > 0) this.#options.onChange(keys);
  }
}

/** What the Services in use stand for, outside this cluster. */
export interface Remotes {
  /** The cluster of each that mirrors a remote Service through a gateway. */
  readonly clusters: ReadonlyMap<string, string>;
  /** The cluster of each that mirrors a remote Service, with or without a gateway. */
  readonly linked: ReadonlyMap<string, string>;
  /** Each that stands for something of another cluster, and has no endpoints in this one. */
  readonly elsewhere: ReadonlySet<string>;
}

/** What is known of a namespace's Services now. */
interface Sight {
  readonly isWatched: boolean;
  readonly isCurrent: boolean;
  readonly knowsRemotes: boolean;
}

function* servicesOf(route: Route | null): Generator<string> {
  for (const split of route?.splits ?? []) for (const { backend } of split.backends) yield serviceKey(route?.namespace ?? "", backend);
}

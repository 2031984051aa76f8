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
  /** The endpoints of a Service that a managed route uses have changed. */
  onChange(): void;
  readonly nowMs: () => number;
  readonly random: () => number;
}

/** The endpoints of the Services that managed routes use. Of EndpointSlices only the identity and readiness of endpoints is cached. */
export class EndpointWatch {
  readonly #options: EndpointWatchOptions;
  readonly #counts = new EndpointCounts();
  /** How often managed routes name each Service. */
  readonly #uses = new Map<string, number>();
  readonly #slices: Watcher<Slice>;
  /** Caches only Services that stand for something outside this cluster. */
  readonly #remote: Watcher<Remote>;

  constructor(options: EndpointWatchOptions) {
    this.#options = options;
    this.#slices = new Watcher<Slice>({
      ...options,
      resource: SLICES,
      project: readSlice,
      isSame: isSameSlice,
      onChange: (change) => this.#tell(this.#counts.change(change)),
    });
    this.#remote = new Watcher<Remote>({
      ...options,
      resource: SERVICES,
      project: readRemote,
      onChange: ({ key, before, now }) => this.#tell(isDeepStrictEqual(before, now) ? [] : [key]),
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
    for (const service of servicesOf(before)) {
      const left = (this.#uses.get(service) ?? 0) - 1;
      if (left > 0) this.#uses.set(service, left);
      else this.#uses.delete(service);
    }
    for (const service of servicesOf(now)) this.#uses.set(service, (this.#uses.get(service) ?? 0) + 1);
  }

  /** The endpoints of each Service in use; a Service without EndpointSlices is not in the map. */
  read(): ReadonlyMap<string, Endpoints> {
    const read = new Map<string, Endpoints>();
    for (const service of this.#uses.keys()) {
      const endpoints = this.#endpointsOf(service);
      if (endpoints !== null) read.set(service, endpoints);
    }
    return read;
  }

  /** The cluster of each Service in use that mirrors a remote Service through a gateway. */
  clusters(): ReadonlyMap<string, string> {
    const read = new Map<string, string>();
    for (const service of this.#uses.keys()) {
      const remote = this.#remote.get(service);
      if (remote?.kind === "gateway") read.set(service, remote.cluster);
    }
    return read;
  }

  /** The cluster of each Service in use that mirrors a remote Service, with or without a gateway. */
  linked(): ReadonlyMap<string, string> {
    const read = new Map<string, string>();
    for (const service of this.#uses.keys()) {
      const cluster = this.#remote.get(service)?.cluster ?? null;
      if (cluster !== null) read.set(service, cluster);
    }
    return read;
  }

  /** Each Service in use that stands for something of another cluster, and has no endpoints in this one. */
  elsewhere(): ReadonlySet<string> {
    return new Set([...this.#uses.keys()].filter((service) => this.#remote.get(service)?.kind === "elsewhere"));
  }

  health(): readonly ResourceHealth[] {
    return [this.#slices.health(), this.#remote.health()];
  }

  #endpointsOf(service: string): Endpoints | null {
    const namespace = service.slice(0, service.indexOf("/"));
    const { namespaces } = this.#options;
    // This namespace is not watched, so the Service may well have endpoints.
    if (namespaces.length > 0 && !namespaces.includes(namespace)) return ELSEWHERE;
    // Without a list of Services, not even a counted Service can be told from one whose gateway must be judged, too.
    if (!this.#slices.trustedIn(namespace) || !this.#remote.isListed(namespace)) return STALE;
    const counted = this.#counts.of(service);
    if (counted !== null) return counted;
    if (this.#remote.get(service)?.kind === "elsewhere") return ELSEWHERE;
    // Without a current list of Services, a Service without endpoints cannot be told from one whose endpoints are elsewhere.
    return this.#remote.trustedIn(namespace) ? null : STALE;
  }

  #tell(services: readonly string[]): void {
    if (services.some((service) => this.#uses.has(service))) this.#options.onChange();
  }
}

function* servicesOf(route: Route | null): Generator<string> {
  for (const split of route?.splits ?? []) for (const { backend } of split.backends) yield serviceKey(route?.namespace ?? "", backend);
}

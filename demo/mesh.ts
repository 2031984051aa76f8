import { once } from "node:events";
import { Agent, createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exposition } from "./exposition.ts";
import { pickBackend, type Weighted } from "./pickBackend.ts";
import { countLost, countRequest, countResponse, createProxyCounters, type Endpoint, type Loss, meetBackend } from "./proxyCounters.ts";
import type { RouteContent, RouteKind } from "./routeKind.ts";
import { Tally } from "./tally.ts";
import { type Watched, watchCollection } from "./watchCollection.ts";

/** A client pod with its proxy. It sends requests to an apex at a constant rate, by the weights that it reads from the API. */
export interface MeshClient {
  readonly tally: Tally;
  /** HOST:PORT of the proxy's metrics. */
  readonly metricsAddress: string;
  /** The current weights. */
  weights(): readonly Weighted[];
  close(): Promise<void>;
}

export interface MeshClientOptions {
  readonly apiUrl: string;
  readonly namespace: string;
  readonly route: RouteKind;
  /** Name of the route and of the Service that the client calls. */
  readonly name: string;
  readonly requestsASecond: number;
}

interface Route extends Watched, RouteContent {}

interface EndpointSlice extends Watched {
  readonly endpoints: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly name: string };
  }[];
  readonly ports: readonly { readonly port: number }[];
}

const REQUEST_TIME_LIMIT_MS = 2_000;
const SENDING_PAUSE_MS = 10;
/** How long requests wait for an endpoint in Linkerd's proxy before it refuses them at once. Here they fail at once in both cases. */
const FAIL_FAST_MS = 3_000;

/** Starts a client. It sends nothing before it knows weights and endpoints. */
export async function startMeshClient(options: MeshClientOptions): Promise<MeshClient> {
  const { apiUrl, namespace, route, name } = options;
  const stopping = new AbortController();
  const proxy = new Proxy(namespace, route, name);
  const routes = `${apiUrl}${route.collection(namespace)}`;
  const slices = `${apiUrl}/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const watches = [
    watchCollection<Route>(routes, (objects) => proxy.learnWeights(objects), stopping.signal),
    watchCollection<EndpointSlice>(slices, (objects) => proxy.learnEndpoints(objects), stopping.signal),
  ];
  const server = await serveMetrics(() => proxy.metrics());
  const stopSending = sendSteadily(options.requestsASecond, () => proxy.send());
  return {
    tally: proxy.tally,
    metricsAddress: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    weights: () => proxy.weights,
    close: async () => {
      stopSending();
      stopping.abort();
      proxy.close();
      server.close();
      server.closeAllConnections();
      await Promise.all([...watches, once(server, "close")]);
    },
  };
}

class Proxy {
  readonly #startedAtS = Date.now() / 1_000;
  readonly tally = new Tally(Date.now());
  weights: readonly Weighted[] = [];
  readonly #namespace: string;
  readonly #route: RouteKind;
  readonly #name: string;
  readonly #counters;
  readonly #agent = new Agent({ keepAlive: true });
  /** Null before the first list. */
  #endpoints: ReadonlyMap<string, readonly Endpoint[]> | null = null;
  /** By backend: the time of the first request without an endpoint. */
  readonly #lostSinceMs = new Map<string, number>();
  #turn = 0;

  constructor(namespace: string, route: RouteKind, name: string) {
    this.#namespace = namespace;
    this.#route = route;
    this.#name = name;
    this.#counters = createProxyCounters(namespace, name);
  }

  learnWeights(routes: readonly Route[]): void {
    const own = routes.find(({ metadata }) => metadata.name === this.#name);
    this.weights = own === undefined ? [] : this.#route.weights(own);
    for (const { service } of this.weights) meetBackend(this.#counters, service);
  }

  learnEndpoints(slices: readonly EndpointSlice[]): void {
    const found = slices.flatMap((slice) => this.#endpointsOf(slice));
    this.#endpoints = Map.groupBy(found, ({ service }) => service);
  }

  metrics(): string {
    return exposition(this.#counters, this.#route, this.#startedAtS);
  }

  send(): void {
    if (this.weights.length === 0 || this.#endpoints === null) return;
    const backend = pickBackend(this.weights, Math.random());
    const endpoints = this.#endpoints.get(backend ?? "") ?? [];
    this.#turn += 1;
    const endpoint = endpoints[this.#turn % endpoints.length];
    if (endpoint === undefined) this.#lose(backend);
    else this.#sendTo(endpoint);
  }

  close(): void {
    this.#agent.destroy();
  }

  #lose(backend: string | null): void {
    countLost(this.#counters, backend, backend === null ? "LOAD_SHED" : this.#lossOf(backend, performance.now()));
    this.tally.count(backend, false, Date.now());
  }

  #lossOf(backend: string, nowMs: number): Loss {
    const sinceMs = this.#lostSinceMs.get(backend) ?? nowMs;
    this.#lostSinceMs.set(backend, sinceMs);
    return nowMs - sinceMs < FAIL_FAST_MS ? "FAIL_FAST" : "LOAD_SHED";
  }

  #sendTo(endpoint: Endpoint): void {
    const { ip, port, service } = endpoint;
    const startedMs = performance.now();
    this.#lostSinceMs.delete(service);
    countRequest(this.#counters, endpoint);
    const host = `${service}.${this.#namespace}.svc.cluster.local`;
    const sent = request(
      { host: ip, port, path: "/", headers: { host }, agent: this.#agent, timeout: REQUEST_TIME_LIMIT_MS },
      (response) => {
        const status = response.statusCode ?? 502;
        response.resume().once("end", () => {
          countResponse(this.#counters, endpoint, status, performance.now() - startedMs);
          this.tally.count(service, status < 500, Date.now());
        });
      },
    );
    sent.once("timeout", () => sent.destroy(new Error("time limit")));
    // As in Linkerd, a cancelled request is in no response family; for the user, it is an error.
    sent.once("error", () => this.tally.count(service, false, Date.now()));
    sent.end();
  }

  #endpointsOf(slice: EndpointSlice): Endpoint[] {
    const service = slice.metadata.labels?.["kubernetes.io/service-name"] ?? "";
    const port = slice.ports[0]?.port ?? 80;
    return slice.endpoints
      .filter(({ conditions }) => conditions?.ready !== false)
      .map(({ addresses, targetRef }) => ({
        namespace: this.#namespace,
        service,
        port,
        ip: addresses[0] ?? "",
        pod: targetRef?.name ?? "",
      }));
  }
}

/** Calls `send` at a constant rate, even with coarse timers; call the result to stop. */
function sendSteadily(requestsASecond: number, send: () => void): () => void {
  const startedMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedMs) / 1_000) * requestsASecond);
    for (; sent < due; sent += 1) send();
  }, SENDING_PAUSE_MS);
  return () => clearInterval(timer);
}

function serveMetrics(metrics: () => string): Promise<Server> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(metrics());
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

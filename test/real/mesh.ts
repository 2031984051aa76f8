import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControllerWorld } from "./controllerWorld.ts";
import type { Stage } from "./harness/stage.ts";

const REQUESTS_PER_SECOND = 40;
const STEP_MS = 100;

/** Live weights by Service. */
type Weights = readonly (readonly [service: string, weight: number])[];

/** How Linkerd's proxies count requests to a Service at the route: the beginning of the series, and the labels of each outcome. */
interface RouteSeries {
  readonly begin: string;
  readonly good: string;
  readonly failed: string;
  /** A request that finds no endpoint. */
  readonly unreachable: string;
  /** The beginning of the series by route and backend; absent: the proxies have none. */
  readonly byBackend?: (service: string) => string;
}

interface Clients {
  readonly stage: Stage;
  readonly name: string;
  readonly route: RouteSeries;
  readonly perSecond: number;
}

/** Clients of one route. They follow its live weights and count as Linkerd's proxies do. */
export class Mesh {
  /** Share of good answers by Service, 0 to 1; 1 by default. */
  readonly good = new Map<string, number>();
  /** Services whose pods are dead behind ready endpoints. */
  readonly dead = new Set<string>();
  /** Name of the route and of its primary. */
  readonly name: string;
  readonly #namespace: string;
  readonly #perSecond: number;
  readonly #route: RouteSeries;
  readonly #counts = new Map<string, number>();
  readonly #startedS = Math.floor(Date.now() / 1_000);
  readonly #server: Server;
  #running = true;

  private constructor({ route, name, stage, perSecond }: Clients) {
    this.#route = route;
    this.name = name;
    this.#namespace = stage.shop;
    this.#perSecond = perSecond;
    this.#server = createServer((_request, response) => response.end(this.#exposition()));
  }

  /** Clients of the TrafficSplit NAME. */
  static ofTrafficSplit(world: ControllerWorld, name: string): Promise<Mesh> {
    const route: RouteSeries = {
      begin: `route_response_total{direction="outbound",dst="${name}.${world.stage.shop}.svc.cluster.local:80"`,
      good: 'classification="success",status_code="200"',
      failed: 'classification="failure",status_code="500"',
      unreachable: 'classification="failure",error="unclassified"',
    };
    return Mesh.#start({ stage: world.stage, name, route, perSecond: REQUESTS_PER_SECOND }, async () => {
      const backends = ((await world.object(name)).spec?.backends ?? []) as { service: string; weight: number }[];
      return backends.map(({ service, weight }) => [service, Number(weight)]);
    });
  }

  /** Clients of the HTTPRoute NAME, which has one rule. Their proxies count by route and backend since 2.16. */
  static ofHttpRoute(
    world: ControllerWorld,
    path: string,
    name: string,
    proxies: "before 2.16" | "since 2.16",
    perSecond = REQUESTS_PER_SECOND,
  ): Promise<Mesh> {
    const { shop } = world.stage;
    const labels = `{parent_kind="Service",parent_name="${name}",route_group="gateway.networking.k8s.io",route_kind="HTTPRoute",route_namespace="${shop}",route_name="${name}"`;
    const byBackend = (service: string) =>
      `outbound_http_route_backend_response_statuses_total${labels},backend_kind="Service",backend_namespace="${shop}",backend_name="${service}",backend_port="80"`;
    const route: RouteSeries = {
      ...(proxies === "since 2.16" ? { byBackend } : {}),
      begin: `outbound_http_route_request_statuses_total${labels}`,
      good: 'http_status="200",error=""',
      failed: 'http_status="500",error=""',
      unreachable: 'http_status="",error="LOAD_SHED"',
    };
    return Mesh.#start({ stage: world.stage, name, route, perSecond }, async () => {
      const { body } = await world.admin("GET", path);
      const refs = (body.spec?.rules?.[0]?.backendRefs ?? []) as { name: string; weight: number }[];
      return refs.map((ref) => [ref.name, ref.weight]);
    });
  }

  static async #start(clients: Clients, weights: () => Promise<Weights>): Promise<Mesh> {
    const mesh = new Mesh(clients);
    const [host, port] = clients.stage.meshAddress.split(":");
    mesh.#server.listen(Number(port), host);
    await once(mesh.#server, "listening");
    void mesh.#flow(weights);
    return mesh;
  }

  get target(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #flow(weights: () => Promise<Weights>): Promise<void> {
    let lastMs = performance.now();
    while (this.#running) {
      await sleep(STEP_MS);
      const live = await weights().catch((): Weights => []);
      const nowMs = performance.now();
      const requests = ((nowMs - lastMs) / 1_000) * this.#perSecond;
      lastMs = nowMs;
      const sum = live.reduce((total, [, weight]) => total + weight, 0);
      for (const [service, weight] of live) if (weight > 0) this.#send(service, (requests * weight) / sum);
    }
  }

  #send(service: string, requests: number): void {
    const { begin, good, failed, unreachable, byBackend } = this.#route;
    const begins = [begin, ...(byBackend === undefined ? [] : [byBackend(service)])];
    // Failures of an unreachable backend are counted at the route only.
    if (this.dead.has(service)) return this.#add(`${begin},${unreachable}}`, requests);
    const leaf = `response_total{direction="outbound",authority="${service}.${this.#namespace}.svc.cluster.local",dst_service="${service}",dst_namespace="${this.#namespace}"`;
    const answered = requests * (this.good.get(service) ?? 1);
    this.#add(`${leaf},classification="success",status_code="200"}`, answered);
    for (const each of begins) this.#add(`${each},${good}}`, answered);
    if (answered === requests) return;
    this.#add(`${leaf},classification="failure",status_code="500"}`, requests - answered);
    for (const each of begins) this.#add(`${each},${failed}}`, requests - answered);
  }

  #add(series: string, count: number): void {
    this.#counts.set(series, (this.#counts.get(series) ?? 0) + count);
  }

  #exposition(): string {
    const counted = [...this.#counts].map(([series, count]) => `${series} ${count}\n`);
    return `process_start_time_seconds ${this.#startedS}\nproxy_build_info{version="0.0.0-dev"} 1\n${counted.join("")}`;
  }
}

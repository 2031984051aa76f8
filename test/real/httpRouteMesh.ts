import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControllerWorld } from "./controllerWorld.ts";

const REQUESTS_PER_SECOND = 40;
const STEP_MS = 100;

/** Clients of one HTTPRoute with one rule: they follow its live weights and count as Linkerd's proxies do on that path. */
export class HttpRouteMesh {
  /** Share of good answers by Service; 1 where it is not named. */
  readonly good = new Map<string, number>();
  /** Services whose pods are dead behind ready endpoints. */
  readonly dead = new Set<string>();
  readonly #name: string;
  readonly #server: Server;
  readonly #counts = new Map<string, number>();
  #running = true;

  private constructor(name: string, server: Server) {
    this.#name = name;
    this.#server = server;
  }

  static async start(world: ControllerWorld, path: string, name: string): Promise<HttpRouteMesh> {
    const server = createServer((_request, response) => response.end(mesh.#exposition()));
    const mesh = new HttpRouteMesh(name, server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    void mesh.#flow(world, path);
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

  async #flow(world: ControllerWorld, path: string): Promise<void> {
    let lastMs = performance.now();
    while (this.#running) {
      await sleep(STEP_MS);
      const route = await world.admin("GET", path).catch(() => null);
      const nowMs = performance.now();
      const requests = ((nowMs - lastMs) / 1_000) * REQUESTS_PER_SECOND;
      lastMs = nowMs;
      const refs = (route?.body.spec?.rules?.[0]?.backendRefs ?? []) as { name: string; weight: number }[];
      const sum = refs.reduce((total, { weight }) => total + weight, 0);
      for (const { name, weight } of refs) if (weight > 0) this.#send(name, (requests * weight) / sum);
    }
  }

  #send(service: string, requests: number): void {
    const labels = `parent_kind="Service",parent_name="${this.#name}",route_group="gateway.networking.k8s.io",route_kind="HTTPRoute",route_namespace="shop",route_name="${this.#name}"`;
    const route = `outbound_http_route_request_statuses_total{${labels}`;
    // What finds no endpoint is counted by the route alone.
    if (this.dead.has(service)) return this.#add(`${route},http_status="",error="LOAD_SHED"}`, requests);
    const leaf = `response_total{direction="outbound",authority="${service}.shop.svc.cluster.local",dst_service="${service}",dst_namespace="shop"`;
    const good = requests * (this.good.get(service) ?? 1);
    this.#add(`${leaf},classification="success",status_code="200"}`, good);
    this.#add(`${route},http_status="200",error=""}`, good);
    if (good === requests) return;
    this.#add(`${leaf},classification="failure",status_code="500"}`, requests - good);
    this.#add(`${route},http_status="500",error=""}`, requests - good);
  }

  #add(series: string, count: number): void {
    this.#counts.set(series, (this.#counts.get(series) ?? 0) + count);
  }

  #exposition(): string {
    return [...this.#counts].map(([series, count]) => `${series} ${count}\n`).join("");
  }
}

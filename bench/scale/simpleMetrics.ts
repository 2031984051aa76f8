import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Requests of each route in a window, and the failed ones while the primary fails. */
const REQUESTS = 1_000;
const FAILED = 900;

/** How the query for the requests by route and backend begins; the one by client begins with the labels of the client. */
const BY_ROUTE = "sum by (route_group, ";

/**
 * Answers the controller's queries about HTTPRoutes over one pair of Services at once, as a Prometheus would that has computed them
 * already: so what is measured is the controller.
 */
export class SimpleMetrics {
  readonly #server: Server;
  /** Names of the routes. */
  routes: readonly string[] = [];
  /** The primaries of all routes fail. */
  fails = false;
  #answers = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const query =
          new URLSearchParams(Buffer.concat(chunks).toString()).get("query") ??
          new URL(request.url ?? "", "http://x").searchParams.get("query");
        response.setHeader("content-type", "application/json").end(this.#answer(query ?? ""));
      });
    });
  }

  static async start(): Promise<SimpleMetrics> {
    const metrics = new SimpleMetrics();
    await new Promise<void>((resolve) => {
      metrics.#server.listen(0, "127.0.0.1", resolve);
    });
    return metrics;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(query: string): string {
    const isAsked = query.startsWith(BY_ROUTE) && query.includes("outbound_http_route_backend_response_statuses_total");
    const series = isAsked ? this.#backends() : [];
    return `{"status":"success","data":{"resultType":"vector","result":[${series.join(",")}]}}`;
  }

  #backends(): readonly string[] {
    const at = Date.now() / 1_000;
    // Every count differs from the one before.
    const total = REQUESTS + (++this.#answers % 7);
    const failures = this.fails ? FAILED : 0;
    const series = (name: string, status: string, value: number) =>
      `{"metric":{"route_group":"gateway.networking.k8s.io","route_kind":"HTTPRoute","route_namespace":"shop","route_name":"${name}","backend_namespace":"shop","backend_name":"all","http_status":"${status}"},"value":[${at},"${value}"]}`;
    return this.routes.flatMap((name) => [series(name, "200", total - failures), series(name, "500", failures)]);
  }
}

/** A version of Linkerd, and what it changed for us. */
export interface LinkerdVersion {
  readonly version: string;
  /** The edge release with the same code; null for the older stable releases. */
  readonly edge: string | null;
  readonly proxy: string;
  readonly released: string;
  /** What is new, and what it enables. */
  readonly changes: readonly Change[];
}

export interface Change {
  readonly what: string;
  /** What works since then; null: nothing new works. */
  readonly gain: string | null;
}

/** The oldest first. Each version includes what earlier ones have. */
export const VERSIONS: readonly LinkerdVersion[] = [
  {
    ...{ version: "2.11.2", edge: null, proxy: "v2.161.3", released: "2022-03" },
    changes: [{ what: "a mirror's endpoints are not ready while its gateway is down", gain: "readiness of gateway mirrors" }],
  },
  {
    ...{ version: "2.12", edge: null, proxy: "v2.185.0", released: "2022-08" },
    changes: [{ what: "TrafficSplits need the linkerd-smi extension; `authority` names the apex, `dst_service` the leaf", gain: null }],
  },
  {
    ...{ version: "2.13", edge: null, proxy: "v2.197.1", released: "2023-04" },
    changes: [
      { what: "`authority` names the leaf", gain: "success rate, latency and unanswered requests of leaves of every kind" },
      { what: "HTTPRoutes of `policy.linkerd.io` steer clients", gain: "HTTPRoutes, without failures that only the route counts" },
      { what: "linkerd-viz's Prometheus admits only its own clients", gain: null },
    ],
  },
  {
    ...{ version: "2.14", edge: null, proxy: "v2.207.0", released: "2023-08" },
    changes: [
      { what: "HTTPRoutes of `gateway.networking.k8s.io`", gain: "these HTTPRoutes, without failures that only the route counts" },
      { what: "flat (remote-discovery) mirrors, which have no endpoints in the local cluster", gain: null },
    ],
  },
  {
    ...{ version: "2.15", edge: "edge-24.2.4", proxy: "v2.221.0", released: "2024-02" },
    changes: [
      { what: "GRPCRoutes (`v1alpha2`)", gain: "GRPCRoutes, without failures that only the route counts" },
      { what: "the last open-source stable release; since then only edge releases are open source", gain: null },
    ],
  },
  {
    ...{ version: "2.16", edge: "edge-24.8.2", proxy: "v2.246.0", released: "2024-08" },
    changes: [
      {
        what: "`outbound_{http,grpc}_route_request_statuses_total`",
        gain: "detection of dead pods behind ready endpoints, for HTTPRoutes and GRPCRoutes",
      },
    ],
  },
  {
    ...{ version: "2.17", edge: "edge-24.11.8", proxy: "v2.268.0", released: "2024-12" },
    changes: [{ what: "federated Services, which have no endpoints of their own", gain: null }],
  },
  {
    ...{ version: "2.18", edge: "edge-25.4.4", proxy: "v2.294.0", released: "2025-04" },
    changes: [{ what: "one service mirror Deployment per Link; Gateway API v1", gain: null }],
  },
  {
    ...{ version: "2.19", edge: "edge-25.10.7", proxy: "v2.326.0", released: "2025-10" },
    changes: [
      {
        what: "linkerd-viz's Prometheus does not scrape the service mirrors (from edge-25.6.3 until edge-26.4.1), so it has no readings for the gateway signal",
        gain: null,
      },
    ],
  },
  {
    ...{ version: "2.20", edge: "version-2.20", proxy: "v2.359.0", released: "2026-06" },
    changes: [{ what: "linkerd-viz scrapes the service mirrors again", gain: "the gateway signal with linkerd-viz's Prometheus" }],
  },
];

/** Where the success rate of a route's backends comes from. */
export interface EvidenceSource {
  /** The path of the requests, and since which Linkerd version it is counted so. */
  readonly path: string;
  readonly since: string;
  /** What counts each backend's requests. */
  readonly backends: string;
  /** What counts requests that reached no backend. */
  readonly lost: string;
  /** Whether other callers of the backend's Service are counted, too. */
  readonly others: string;
}

/** The best source first; the first one whose series exist is used, route by route. */
export const EVIDENCE_SOURCES: readonly EvidenceSource[] = [
  {
    path: "HTTPRoute",
    since: "2.16",
    backends: '`outbound_http_route_backend_response_statuses_total`; gRPC failures by the leaf\'s `response_total{grpc_status!=""}`',
    lost: '`outbound_http_route_request_statuses_total{error="LOAD_SHED"}`',
    others: "no; for gRPC their share of failures is applied",
  },
  {
    path: "GRPCRoute",
    since: "2.16",
    backends: "`outbound_grpc_route_backend_response_statuses_total`",
    lost: '`outbound_grpc_route_request_statuses_total{error="LOAD_SHED"}`',
    others: "no",
  },
  {
    path: "TrafficSplit",
    since: "2.15",
    backends: "`response_total` by `authority`",
    lost: "`route_response_total` of the apex",
    others: "yes; `outbound_http_balancer_queue_requests_total` tells how many requests were the route's",
  },
  {
    path: "TrafficSplit",
    since: "2.11.2",
    backends: "`response_total` by `authority`, up to 2.12 by `dst_service`",
    lost: "`route_response_total` of the apex",
    others: "yes; no more count than the route can have sent",
  },
  {
    path: "HTTPRoute, GRPCRoute",
    since: "2.13",
    backends: "`response_total` by `authority`",
    lost: "not counted",
    others: "yes, and they cannot be told apart",
  },
];

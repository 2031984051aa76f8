import { classLabels, family, type Labels, sample } from "./family.ts";
import type { ProxyCounters } from "./proxyCounters.ts";

/** The metric families about the route, as the proxy of a TrafficSplit's client exposes them. */
export function profileFamilies(counters: ProxyCounters): readonly string[] {
  return [
    ...family("route_request_total", "counter", "Total count of HTTP requests.", [
      sample("route_request_total", routeLabels(counters), counters.routeRequests),
    ]),
    ...family("route_response_total", "counter", "Total count of HTTP responses.", responseLines(counters)),
  ];
}

function responseLines(counters: ProxyCounters): string[] {
  const lines: string[] = [];
  let lost = 0;
  for (const [outcome, count] of counters.routeOutcomes) {
    if (typeof outcome === "number")
      lines.push(sample("route_response_total", { ...routeLabels(counters), ...classLabels(outcome) }, count));
    else lost += count;
  }
  return lost === 0 ? lines : [...lines, sample("route_response_total", { ...routeLabels(counters), ...LOST_LABELS }, lost)];
}

/** The labels of a request that found no endpoint: it has no status and no reason. */
const LOST_LABELS: Labels = { classification: "failure", grpc_status: "", error: "unclassified" };

/** The labels of the route's series. They always include the port of the apex; those of leaves omit port 80. */
function routeLabels({ apex, namespace }: ProxyCounters): Labels {
  return { direction: "outbound", dst: `${apex}.${namespace}.svc.cluster.local:80` };
}

import { classLabels, family, type Labels, sample } from "./family.ts";
import type { ProxyCounters } from "./proxyCounters.ts";

/** What the proxy of a TrafficSplit's client exposes about the route. */
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

/** A request that found no endpoint has no status, and nothing tells why. */
const LOST_LABELS: Labels = { classification: "failure", grpc_status: "", error: "unclassified" };

/** The route's series name the apex with its port, always; those of the leaves leave port 80 out. */
function routeLabels({ apex, namespace }: ProxyCounters): Labels {
  return { direction: "outbound", dst: `${apex}.${namespace}.svc.cluster.local:80` };
}

/** Scrapes of clients' proxies that lack something, as OpenMetrics with timestamps. */

type Labels = Readonly<Record<string, string>>;

/** A counter that grows by `perS` from the first scrape on; the last scrape that has it is `untilS` seconds before the end. */
export interface Counter {
  readonly family: string;
  readonly labels: Labels;
  readonly perS: number;
  /** Its value before it grows; absent: 1 000. */
  readonly first?: number;
  /** It grows from this many seconds before the end on; before it stands still. */
  readonly fromS?: number;
  readonly untilS?: number;
}

const SCRAPE_S = 10;
const FIRST_S = 300;
export const TARGET: Labels = { job: "linkerd-proxy", instance: "10.0.0.1:4191", pod: "client" };

/** All scrapes; the last one is at `endMs`. A series that ends early gets no stale marker, so its last value stays for five minutes. */
export function scrapes(counters: readonly Counter[], endMs: number): string {
  const families = new Map<string, string[]>();
  for (const { family, labels, perS, first = 1_000, fromS = FIRST_S, untilS = 0 } of counters) {
    const text = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
    for (let beforeS = FIRST_S; beforeS >= untilS; beforeS -= SCRAPE_S) {
      const value = first + perS * Math.max(0, fromS - beforeS);
      families.set(family, [...(families.get(family) ?? []), `${family}{${text.join(",")}} ${value} ${endMs / 1_000 - beforeS}`]);
    }
  }
  const blocks = [...families].map(([family, lines]) => `# TYPE ${family} unknown\n${lines.join("\n")}\n`);
  return `${blocks.join("")}# EOF\n`;
}

/** `up`, the start and the version of one proxy. */
export function proxy(target: Labels = TARGET): readonly Counter[] {
  return ["up", "process_start_time_seconds", "proxy_build_info"].map((family) => ({ family, labels: target, perS: 0, first: 1 }));
}

/** Requests to the leaf `web` of a namespace. */
export function leaf(namespace: string, perS: number, more: Labels = {}): Counter {
  const names = { authority: `web.${namespace}.svc.cluster.local`, dst_service: "web", dst_namespace: namespace };
  return { family: "response_total", labels: { ...TARGET, direction: "outbound", ...names, classification: "success", ...more }, perS };
}

/** Requests of the TrafficSplit `web` of a namespace. */
export function apex(namespace: string, perS: number, more: Labels = {}): Counter {
  const labels = { ...TARGET, direction: "outbound", dst: `web.${namespace}.svc.cluster.local:80`, classification: "success", ...more };
  return { family: "route_response_total", labels, perS };
}

/** Requests of the HTTPRoute `web` of a namespace, by the route alone. */
export function byRoute(namespace: string, perS: number, more: Labels = {}): Counter {
  const route = { route_group: "gateway.networking.k8s.io", route_kind: "HTTPRoute", route_namespace: namespace, route_name: "web" };
  const parent = { parent_namespace: namespace, parent_name: "web", parent_port: "80" };
  const labels = { ...TARGET, ...route, ...parent, http_status: "200", error: "", ...more };
  return { family: "outbound_http_route_request_statuses_total", labels, perS };
}

/** The same series without some labels. */
export function without(labels: readonly string[], counters: readonly Counter[]): readonly Counter[] {
  return counters.map((counter) => ({
    ...counter,
    labels: Object.fromEntries(Object.entries(counter.labels).filter(([label]) => !labels.includes(label))),
  }));
}

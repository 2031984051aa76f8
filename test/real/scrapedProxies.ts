import { ScrapeReports } from "./scrapeReports.ts";

/** A client's proxy, or a part of its life under one set of labels, as Prometheus scrapes it. Times are seconds before the end. */
export interface Proxy {
  /** Values of its counters for good and bad requests; null: the series does not exist yet. */
  readonly good: (beforeS: number) => number | null;
  readonly bad: (beforeS: number) => number | null;
  readonly job?: string;
  /** Target labels beside `job`, `instance` and `pod`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The first scrape with these labels. */
  readonly sinceS?: number;
  /** The last scrape with these labels is before this. */
  readonly untilS?: number;
  readonly startedS?: number;
}

/** The same, as client of the Service `web` in a namespace, by a TrafficSplit and an HTTPRoute of that name. */
export interface ScrapedProxy extends Proxy {
  readonly namespace: string;
}

const SCRAPE_S = 10;
const FIRST_S = 120;
const OLD_S = 100_000;

/** All scrapes of these proxies as OpenMetrics with timestamps; the last one is at `endMs`. `withClock`: with `up` and the proxies' start. */
export function scrapesOf(proxies: readonly ScrapedProxy[], endMs: number, withClock: boolean): string {
  const families = new Map<string, string[]>();
  const put = (family: string, labels: string, value: number, atMs: number) =>
    families.set(family, [...(families.get(family) ?? []), `${family}${labels} ${value} ${atMs / 1000}`]);
  const scrapes = new ScrapeReports();
  let target: Readonly<Record<string, string>> = {};
  const add = (family: string, labels: Readonly<Record<string, string>>, value: number, atMs: number) => {
    put(family, labelsText(labels), value, atMs);
    if (family !== "up") scrapes.add(labelsText(target), `${family}${labelsText(labels)}`, atMs);
  };
  for (const proxy of proxies) {
    const { namespace, job = "linkerd-proxy", labels = {}, sinceS = FIRST_S, untilS = -1, startedS = OLD_S } = proxy;
    target = { job, instance: `${namespace}:4191`, pod: `client-${namespace}`, ...labels };
    for (let beforeS = FIRST_S; beforeS >= 0; beforeS -= SCRAPE_S) {
      if (beforeS > sinceS || beforeS <= untilS) continue;
      const atMs = endMs - beforeS * 1000;
      if (withClock) {
        add("up", target, 1, atMs);
        add("process_start_time_seconds", target, endMs / 1000 - startedS, atMs);
        add("proxy_build_info", target, 1, atMs);
      }
      for (const [kind, value] of [["good", proxy.good(beforeS)] as const, ["bad", proxy.bad(beforeS)] as const]) {
        if (value === null) continue;
        add(OWN, { ...target, ...routeLabels(namespace), http_status: kind === "good" ? "200" : "500", error: "" }, value, atMs);
        add(
          "response_total",
          { ...target, ...leafLabels(namespace), classification: kind === "good" ? "success" : "failure" },
          value,
          atMs,
        );
      }
    }
  }
  if (withClock) for (const [family, labels, value, atMs] of scrapes.all()) put(family, labels, value, atMs);
  const blocks = [...families].map(([family, lines]) => `# TYPE ${family} unknown\n${lines.join("\n")}\n`);
  return `${blocks.join("")}# EOF\n`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, text]) => `${name}="${text}"`)
    .join(",")}}`;
}

const OWN = "outbound_http_route_backend_response_statuses_total";

function routeLabels(namespace: string): Readonly<Record<string, string>> {
  const route = { route_group: "gateway.networking.k8s.io", route_kind: "HTTPRoute", route_namespace: namespace, route_name: "web" };
  return {
    ...route,
    parent_namespace: namespace,
    parent_name: "web",
    backend_namespace: namespace,
    backend_name: "web",
    backend_port: "80",
  };
}

function leafLabels(namespace: string): Readonly<Record<string, string>> {
  return { direction: "outbound", authority: `web.${namespace}.svc.cluster.local`, dst_service: "web", dst_namespace: namespace };
}

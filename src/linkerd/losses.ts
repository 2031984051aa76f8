import { FAMILIES, familiesQuery, readFamilies } from "./families.ts";
import { bucketFor } from "./latency.ts";
import type { Loss, LossQuestion } from "./loss.ts";
import { bucketPattern, type LeafScope, leavesIn, SERVICE_AUTHORITY } from "./queries.ts";
import { severalQuestions } from "./severalValues.ts";

/** What is needed of the series. */
export interface Needs {
  readonly leaves: LeafScope;
  readonly hasSplits: boolean;
  readonly hasRoutes: boolean;
  /** Bounds of the latency signals. */
  readonly boundsMs: readonly number[];
  readonly unanswered: boolean;
  /** Families of which no series may be there until there is traffic. */
  readonly families: readonly NeededFamily[];
}

/** A family, by any of its names. */
export interface NeededFamily {
  readonly names: readonly string[];
  readonly without: string;
  readonly hint: string;
}

/** A label of a family: the matchers of series that should have it and do not. Proxies write all of these labels on all such series. */
interface NeededLabel {
  readonly family: string;
  readonly label: string;
  readonly lacking: string;
  readonly without: string;
}

const KEEP = "the scrape configuration drops it: see labeldrop, labelkeep and metric_relabel_configs";

/** The questions about labels and buckets, one of each family, and about series that are there twice. Each is cheap. */
export function lossQuestions(needs: Needs): readonly LossQuestion[] {
  const byFamily = Map.groupBy(neededLabels(needs), ({ family }) => family);
  return [
    ...[...byFamily.values()].map(labelQuestion),
    ...(needs.boundsMs.length > 0 ? [bucketQuestion(needs.boundsMs)] : []),
    ...severalQuestions(`response_total{direction="outbound"${leavesIn(needs.leaves)}}`),
    CLOCK_QUESTION,
    ...(needs.families.length > 0 ? [familyQuestion(needs)] : []),
  ];
}

function neededLabels({ hasSplits, hasRoutes, boundsMs, unanswered }: Needs): readonly NeededLabel[] {
  return [
    ...leafLabels("response_total", "success rate of TrafficSplits and of gRPC in HTTPRoutes"),
    {
      ...{ family: "response_total", label: "classification", lacking: 'direction="outbound",classification=""' },
      without: "TrafficSplits and gRPC in HTTPRoutes have no success rate; other routes are judged by their own families",
    },
    ...(hasSplits ? apexLabels() : []),
    ...(hasRoutes ? routeLabels() : []),
    ...(boundsMs.length > 0 ? bucketLabels() : []),
    ...(unanswered ? leafLabels("request_total", "unanswered") : []),
  ];
}

function leafLabels(family: string, signal: string): readonly NeededLabel[] {
  const outbound = 'direction="outbound"';
  return [
    { family, label: "direction", lacking: 'direction=""', without: `no ${signal}; the rest works` },
    {
      ...{ family, label: "authority", lacking: `${outbound},authority="",dst_service!="",dst_namespace!=""` },
      without:
        "a mirror without a gateway and a federated Service cannot be told from other backends of their route, whose readings are missing; other Services are found by dst_service",
    },
    {
      ...{ family, label: "dst_namespace", lacking: `${outbound},dst_namespace="",authority=~${JSON.stringify(SERVICE_AUTHORITY)}` },
      without: "TrafficSplits of proxies up to Linkerd 2.12 have no success rate; other Services are found by authority",
    },
    {
      ...{ family, label: "authority and dst_namespace", lacking: `${outbound},authority="",dst_namespace=""` },
      without: `no ${signal}; the rest works`,
    },
  ];
}

function bucketLabels(): readonly NeededLabel[] {
  const family = "response_latency_ms_bucket";
  return [...leafLabels(family, "latency"), { family, label: "le", lacking: 'le=""', without: "no latency; the rest works" }];
}

function apexLabels(): readonly NeededLabel[] {
  const without = "requests of TrafficSplits that reach no endpoint are not seen; those that reach one are";
  return ["dst", "classification"].map((label) => ({
    ...{ family: "route_response_total", label, lacking: `direction="outbound",${label}=""`, without },
  }));
}

function routeLabels(): readonly NeededLabel[] {
  const ofRoutes = 'route_kind=~"HTTPRoute|GRPCRoute"';
  return (["http", "grpc"] as const).flatMap((protocol) => {
    const status = { label: `${protocol}_status`, lacking: `${ofRoutes},${protocol}_status="",error=""` };
    const names = [
      { label: "route_kind", lacking: 'route_kind=""' },
      ...["route_group", "route_namespace", "route_name"].map((label) => ({ label, lacking: `${ofRoutes},${label}=""` })),
      status,
    ];
    const backends = ["backend_namespace", "backend_name"].map((label) => ({
      ...{ label, lacking: `${ofRoutes},backend_kind!="default",${label}=""` },
    }));
    const unseen = "requests of such a route that reach no backend are not seen; those that reach one are";
    const others = "such routes are judged by the Services' own series, where other callers count, too";
    return [
      ...names.map((name) => ({ ...name, family: `outbound_${protocol}_route_request_statuses_total`, without: unseen })),
      ...[...names, ...backends].map((name) => ({
        ...{ ...name, family: `outbound_${protocol}_route_backend_response_statuses_total`, without: others },
      })),
    ];
  });
}

function labelQuestion(labels: readonly NeededLabel[]): LossQuestion {
  return {
    promql: labels.map(({ family, label, lacking }) => named(label, `count(${family}{${lacking}})`)).join(" or "),
    read: (samples) => {
      const found = new Set(samples.map((sample) => sample.labels["lost"]));
      return labels
        .filter(({ label }) => found.has(label))
        .map(({ family, label, without }) => ({ lost: `series of ${family} lack ${label}`, without, hint: KEEP }));
    },
  };
}

/** Each bucket must have as many series as that of all responses. */
function bucketQuestion(boundsMs: readonly number[]): LossQuestion {
  const bucketsMs = [...new Set(boundsMs.map(bucketFor))].filter(Number.isFinite).sort((a, b) => a - b);
  const count = (bucketMs: number): string =>
    `count(response_latency_ms_bucket{direction="outbound",le=~${JSON.stringify(bucketPattern(bucketMs))}})`;
  const all = Number.POSITIVE_INFINITY;
  return {
    promql: [...bucketsMs, all].map((bucketMs) => named(boundText(bucketMs), count(bucketMs))).join(" or "),
    read: (samples) => {
      const series = new Map(samples.map(({ labels, value }) => [labels["lost"], value]));
      const most = Math.max(0, ...series.values());
      return [...bucketsMs, all]
        .filter((bucketMs) => (series.get(boundText(bucketMs)) ?? 0) < most)
        .map((bucketMs) => ({
          lost: `series of response_latency_ms_bucket lack the bucket le="${boundText(bucketMs)}"`,
          without: `latency ${bucketMs === all ? "" : `under ${bucketMs}ms `}is missing for their Services; the rest works`,
          hint: `${KEEP}; keep this bucket and le="+Inf", or judge by a bound that is kept`,
        }));
    },
  };
}

/** A family counts as lost only while others show that there is traffic: proxies drop some of them after ten idle minutes. */
function familyQuestion({ families, leaves }: Needs): LossQuestion {
  const traffic = `count(response_total{direction="outbound"${leavesIn(leaves)}})`;
  return {
    promql: `${familiesQuery(families.flatMap(({ names }) => names))} or label_replace(${traffic}, "metric", "traffic", "", "")`,
    read: (samples) => {
      const series = readFamilies(samples);
      const absent = families.filter(({ names }) => !names.some((name) => series.has(name)));
      const isAnsweredLost = absent.some(({ names }) => names === FAMILIES.answered) && series.size > 0;
      if (!series.has("traffic") && !isAnsweredLost) return [];
      return absent.map(({ names, without, hint }) => ({ lost: `no series of ${names.join(" or ")}`, without, hint }));
    },
  };
}

const REQUESTS = [
  ...["response_total", "route_response_total"],
  ...["outbound_http_route_backend_response_statuses_total", "outbound_grpc_route_backend_response_statuses_total"],
];
const CLOCK_FAMILIES = ["up", "process_start_time_seconds", "proxy_build_info"] as const;
/** `up` may be that of other targets. */
const NOTHING_AT_ALL: Loss = {
  lost: "no series of Linkerd's proxies",
  without: "every metric is missing, so only readiness moves traffic",
  hint: "scrape the proxies' port linkerd-admin; --prometheus-selector, if set, must match what --prometheus-url has",
};
/** Proxies of which one of the families is lacking; and which family lacks altogether. */
const CLOCK_QUESTION: LossQuestion = {
  promql: [
    named("clock", "count(process_start_time_seconds and on (instance, pod) (up and on (instance, pod) proxy_build_info))"),
    ...[...CLOCK_FAMILIES, ...REQUESTS].map((family) => named(family, `count(${family})`)),
  ].join(" or "),
  read: (samples) => {
    const found = new Set(samples.map(({ labels }) => labels["lost"]));
    if (found.has("clock")) return [];
    const absent = CLOCK_FAMILIES.filter((family) => !found.has(family));
    if (absent.includes("proxy_build_info") && !REQUESTS.some((family) => found.has(family))) return [NOTHING_AT_ALL];
    const what = absent.length > 0 ? `no series of ${absent.join(", ")}` : `${CLOCK_FAMILIES.join(", ")} share no instance and pod`;
    return [
      {
        lost: what,
        without: "the first requests of a new client, and the first failures, may count one scrape later; the rest works",
        hint: "keep these families, with the instance and pod of the proxies' other series",
      },
    ];
  },
};

function named(name: string, vector: string): string {
  return `label_replace(${vector}, "lost", ${JSON.stringify(name)}, "", "")`;
}

function boundText(bucketMs: number): string {
  return Number.isFinite(bucketMs) ? String(bucketMs) : "+Inf";
}

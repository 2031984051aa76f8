import { FAMILIES } from "../../../linkerd/families.ts";
import type { QueryAnswer } from "../../../observer/prometheus.ts";
import { type Route, routeKey, serviceKey } from "../../../routes/route.ts";
import { atMost, type Category, type Check, counted, failure, fine, warning } from "./checkReport.ts";
import type { PrometheusFacts } from "./readPrometheus.ts";
import type { WantedFamily } from "./wantedFamilies.ts";

export interface PrometheusExpectations {
  /** Without what must not be shown. */
  readonly url: string;
  readonly routes: readonly Route[];
  readonly families: readonly WantedFamily[];
}

const VIZ = "http://prometheus.linkerd-viz.svc.cluster.local:9090";
const VIZ_POLICY =
  "linkerd-viz's Prometheus answers its own clients only: run meshed, and allow the ServiceAccount by an AuthorizationPolicy for the Server prometheus-admin";
const LOG_IN = "--prometheus-bearer-token-file, or --prometheus-username with --prometheus-password-file, log in";

/** Whether Prometheus answers, and has what the controller will ask for. `more` are the checks of the rules' side. */
export function prometheusChecks(
  facts: PrometheusFacts,
  { url, routes, families }: PrometheusExpectations,
  more: readonly Check[],
): Category {
  return {
    categoryName: "prometheus",
    checks: [reachCheck(facts.reach, url), ...(facts.reach.ok ? [...proxyChecks(facts, routes, families), ...more] : [])],
  };
}

/** Nobody has said where Prometheus is. */
export function withoutPrometheus(): Category {
  const trouble = {
    error: "metric signals are off, readiness alone decides",
    hint: `--prometheus-url names it; that of linkerd-viz is ${VIZ}`,
  };
  return { categoryName: "prometheus", checks: [warning("Prometheus is known", trouble)] };
}

/** No answer came at all. */
export function isUnreached(answer: QueryAnswer): boolean {
  return !answer.ok && statusIn(answer.why) === null;
}

function reachCheck(answer: QueryAnswer, url: string): Check {
  if (answer.ok) return fine(`Prometheus answers at ${url}`);
  const hints: Readonly<Record<string, string>> = { "401": `${LOG_IN}. ${VIZ_POLICY}`, "403": `${VIZ_POLICY}; elsewhere, ${LOG_IN}` };
  const elsewhere = `is it there, and can it be reached from here? linkerd-viz's is ${VIZ}, within the cluster only`;
  return failure(`Prometheus answers at ${url}`, { error: answer.why, hint: hints[statusIn(answer.why) ?? ""] ?? elsewhere });
}

/** The status of an HTTP answer that is no answer of Prometheus's. */
function statusIn(why: string): string | null {
  return /^HTTP (\d+)/.exec(why)?.[1] ?? null;
}

function proxyChecks({ series, leaves }: PrometheusFacts, routes: readonly Route[], families: readonly WantedFamily[]): readonly Check[] {
  if (!series.ok) return [warning("Linkerd's proxies are scraped", { error: `this could not be asked: ${series.why}` })];
  const count = FAMILIES.answered.reduce((sum, name) => sum + (series.value.get(name) ?? 0), 0);
  if (count === 0) {
    const hint =
      "let Prometheus scrape the port linkerd-admin of all meshed pods, as linkerd-viz's job linkerd-proxy does; proxies count from the first request on";
    return [failure("Linkerd's proxies are scraped", { error: `there are no series of ${FAMILIES.answered.join(", ")}`, hint })];
  }
  return [
    fine(`Linkerd's proxies are scraped: ${count} series of requests`),
    ...families.map((family) => familyCheck(family, series.value)),
    ...(leaves.ok
      ? backendChecks(routes, leaves.value)
      : [warning("backends have series", { error: `this could not be asked: ${leaves.why}` })]),
  ];
}

function familyCheck({ what, names, without, hint }: WantedFamily, series: ReadonlyMap<string, number>): Check {
  if (names.some((name) => series.has(name))) return fine(what);
  return warning(what, { error: `no series of ${names.join(" or ")}: ${without}`, hint });
}

/** Of a backend without weight nothing is expected. */
function backendChecks(routes: readonly Route[], leaves: ReadonlySet<string>): readonly Check[] {
  const silent = routes.flatMap((route): readonly Check[] => {
    const weighty = route.splits.flatMap(({ backends }) => backends.filter(({ weight }) => weight > 0).map(({ backend }) => backend));
    const missing = [...new Set(weighty)].filter((backend) => !leaves.has(serviceKey(route.namespace, backend)));
    if (missing.length === 0) return [];
    const error = `no client's proxy counts requests to ${missing.join(", ")}: nothing but readiness is known of it`;
    return [
      warning(`requests of ${routeKey(route)} are counted`, {
        error,
        hint: "are its clients meshed and scraped, and do they send requests? Series end 10 minutes after the last one",
      }),
    ];
  });
  const heard = routes.length - silent.length;
  return [
    ...(heard > 0 ? [fine(`requests are counted to all backends with weight of ${counted(heard, "route")}`)] : []),
    ...atMost(silent),
  ];
}

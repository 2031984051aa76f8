import { FAMILIES } from "../../../linkerd/families.ts";
import type { Losses } from "../../../observer/findLosses.ts";
import type { QueryAnswer } from "../../../observer/queryAnswer.ts";
import { type Route, routeKey, serviceKey } from "../../../routes/route.ts";
import type { PrometheusName } from "../../../rules/prometheusName.ts";
import { atMost, type Category, type Check, counted, failure, fine, warning } from "./checkReport.ts";
import type { PrometheusFacts } from "./readPrometheus.ts";
import { ANSWERED, type WantedFamily } from "./wantedFamilies.ts";

export interface PrometheusExpectations {
  /** Which one of two; undefined: there is one. */
  readonly name: PrometheusName | undefined;
  /** Whether the rules ask it about requests. */
  readonly isAsked: boolean;
  /** Safe to print: it has no username or password. */
  readonly url: string;
  readonly routes: readonly Route[];
  readonly families: readonly WantedFamily[];
}

const VIZ = "http://prometheus.linkerd-viz.svc.cluster.local:9090";
const VIZ_POLICY =
  "linkerd-viz's Prometheus admits only its own clients: run meshed, and admit the ServiceAccount with an AuthorizationPolicy for the Server prometheus-admin";
const LOG_IN =
  "log in with --prometheus-bearer-token-file, with --prometheus-username and --prometheus-password-file, or name the tenant with --prometheus-header";
const PARTIAL = "what its answers lack is missing and moves nothing: are all its stores up? Its page in the docs is prometheus.md";
/** In the reasons of failed TLS connections. */
const UNTRUSTED = /certificate|ERR_TLS|altnames/i;

/** The category `prometheus`, or `fast-prometheus`: whether it answers and has the series that the controller reads. `more`: the checks of the signals. */
export function prometheusChecks(
  facts: PrometheusFacts,
  { name, url, routes, families, isAsked }: PrometheusExpectations,
  more: readonly Check[],
): Category {
  const proxies = isAsked ? proxyChecks(facts, routes, families) : [];
  return {
    categoryName: name === "fast" ? "fast-prometheus" : "prometheus",
    checks: [reachCheck(facts.reach, url), ...(facts.reach.ok ? [...proxies, ...more] : [])],
  };
}

/** The category `prometheus` without --prometheus-url. `why`: what stands between us and linkerd-viz's; null: it is not installed. */
export function withoutPrometheus(why: string | null): Category {
  const url = `name it with --prometheus-url; for the controller that of linkerd-viz is ${VIZ}`;
  const forward = "kubectl port-forward -n linkerd-viz svc/prometheus 9090, then --prometheus-url http://localhost:9090";
  const trouble = {
    error: why ?? "there is no linkerd-viz, and without a Prometheus metric signals are off: readiness alone decides",
    hint: why === null ? url : forward,
  };
  return { categoryName: "prometheus", checks: [warning("a Prometheus is found", trouble)] };
}

/** Whether Prometheus did not answer at all. */
export function isUnreached(answer: QueryAnswer): boolean {
  return !answer.ok && statusIn(answer.why) === null;
}

function reachCheck(answer: QueryAnswer, url: string): Check {
  if (answer.ok && answer.partial === null) return fine(`Prometheus answers at ${url}`);
  if (answer.ok) return warning(`Prometheus answers at ${url}`, { error: `in part: ${answer.partial}`, hint: PARTIAL });
  const hints: Readonly<Record<string, string>> = { "401": `${LOG_IN}. ${VIZ_POLICY}`, "403": `${VIZ_POLICY}; elsewhere, ${LOG_IN}` };
  const elsewhere = `is it running, and can it be reached from here? linkerd-viz's is ${VIZ}, within the cluster only`;
  const untrusted = UNTRUSTED.test(answer.why) ? "name its CA with --prometheus-ca-file" : elsewhere;
  return failure(`Prometheus answers at ${url}`, { error: answer.why, hint: hints[statusIn(answer.why) ?? ""] ?? untrusted });
}

/** The status of an HTTP error; null: there was no HTTP answer. */
function statusIn(why: string): string | null {
  return /^HTTP (\d+)/.exec(why)?.[1] ?? null;
}

function proxyChecks(
  { series, leaves, losses }: PrometheusFacts,
  routes: readonly Route[],
  families: readonly WantedFamily[],
): readonly Check[] {
  if (!series.ok) return [warning("Linkerd's proxies are scraped", { error: `this query failed: ${series.why}` })];
  const isAnswered = FAMILIES.answered.some((name) => series.value.has(name));
  const counting = isAnswered ? FAMILIES.answered : Object.values(FAMILIES).flat();
  const count = counting.reduce((sum, name) => sum + (series.value.get(name) ?? 0), 0);
  if (count === 0) {
    const hint =
      "make Prometheus scrape the port linkerd-admin of all meshed pods, like linkerd-viz's job linkerd-proxy; a proxy has series from its first request on. --prometheus-selector, if set, must match what Prometheus has";
    return [failure("Linkerd's proxies are scraped", { error: `there are no series of ${FAMILIES.answered.join(", ")}`, hint })];
  }
  return [
    fine(`Linkerd's proxies are scraped: ${count} series of requests`),
    ...(isAnswered ? [] : [familyCheck(ANSWERED, series.value)]),
    ...families.map((family) => familyCheck(family, series.value)),
    ...lossChecks(losses),
    ...(leaves.ok ? backendChecks(routes, leaves.value) : [warning("backends have series", { error: `this query failed: ${leaves.why}` })]),
  ];
}

function familyCheck({ what, names, without, hint }: WantedFamily, series: ReadonlyMap<string, number>): Check {
  if (names.some((name) => series.has(name))) return fine(what);
  return warning(what, { error: `no series of ${names.join(" or ")}: ${without}`, hint });
}

function lossChecks({ losses, complete }: Losses): readonly Check[] {
  const what = "series have the labels and buckets that are needed, once";
  if (losses.length === 0) return complete ? [fine(what)] : [warning(what, { error: "some queries about it failed" })];
  return losses.map(({ lost, without, hint }) => warning(what, { error: `${lost}: ${without}`, hint }));
}

/** Only backends with weight are expected to have series. */
function backendChecks(routes: readonly Route[], leaves: ReadonlySet<string>): readonly Check[] {
  const silent = routes.flatMap((route): readonly Check[] => {
    const weighty = route.splits.flatMap(({ backends }) => backends.filter(({ weight }) => weight > 0).map(({ backend }) => backend));
    const missing = [...new Set(weighty)].filter((backend) => !leaves.has(serviceKey(route.namespace, backend)));
    if (missing.length === 0) return [];
    const error = `no client's proxy counts requests to ${missing.join(", ")}: only readiness is known`;
    return [
      warning(`requests of ${routeKey(route)} are counted`, {
        error,
        hint: "are its clients meshed and scraped, and do they send requests? Series end 10 minutes after the last request",
      }),
    ];
  });
  const heard = routes.length - silent.length;
  return [...(heard > 0 ? [fine(`requests to all backends with weight are counted: ${counted(heard, "route")}`)] : []), ...atMost(silent)];
}

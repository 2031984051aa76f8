import { INSTALLATION, metric, ROUTE } from "./metric.ts";
import { servesEverywhere } from "./nothingFit.ts";

/** Path of the runbook, which has one section for each alert. */
export const RUNBOOK = "docs/runbook.md";

/** One alert. `{{ }}` is Prometheus's template language. */
export interface Alert {
  readonly name: string;
  readonly expr: string;
  /** How long the expression must hold; absent: the alert fires at once. */
  readonly for?: string;
  /** Critical: act now. Warning: act today. Info: no action needed. */
  readonly severity: "critical" | "warning" | "info";
  /** Why these thresholds; becomes a comment in the rules file. */
  readonly why: string;
  readonly summary: string;
  readonly description: string;
}

const THE_ROUTE = "{{ $labels.kind }} {{ $labels.namespace }}/{{ $labels.route }}";
const OF_INSTALLATION = "{{ with $labels.namespace }} in namespace {{ . }}{{ end }}";

/** Alerts about routes. Every replica exports every route, so the series are aggregated: one alert per route. */
const ABOUT_ROUTES: readonly Alert[] = [
  {
    name: "LinkerdFailoverTrafficShifted",
    expr: `max by (${ROUTE}) (${metric("route_shifted")}) == 1`,
    severity: "info",
    why: "No `for`: the controller has already waited for the evidence before it shifts.",
    summary: `Traffic of ${THE_ROUTE} is shifted`,
    description:
      "The live weights differ from the baseline, which is what the owner wants in normal operation. The controller is working as intended.",
  },
  {
    name: "LinkerdFailoverShiftedLong",
    expr: `max by (${ROUTE}) (${metric("route_shifted")}) == 1`,
    for: "2h",
    severity: "warning",
    why: "A backend that recovers is back within minutes. One that relapses waits at most 30 min with the built-in rule. After 2 h either the backend is still broken, or the route is pinned or frozen.",
    summary: `Traffic of ${THE_ROUTE} has been shifted for two hours`,
    description:
      "A backend that is out does not recover, or the route is pinned or frozen. The backends that carry the load now may have no standby.",
  },
  {
    name: "LinkerdFailoverFlapping",
    // Each departure and each return is one change. Based on a gauge: a restart or a new leader would split a counter.
    expr: `max by (${ROUTE}, backend) (changes(${metric("backend_phase", { phase: "out" })}[2h])) >= 5`,
    severity: "warning",
    why: "Five changes are three departures. With the built-in rule, a backend that keeps relapsing waits up to 30 min each time, so three departures still fit into 2 h.",
    summary: `Backend {{ $labels.backend }} of ${THE_ROUTE} returns and fails again`,
    description:
      "The backend went out at least three times within two hours. Each relapse lengthens the next wait, but each return costs users some failed requests.",
  },
  {
    name: "LinkerdFailoverNothingFit",
    expr: `${servesEverywhere()} == 0`,
    for: "1m",
    severity: "critical",
    why: "One minute, because during a rollout there can be a moment without any ready endpoint.",
    summary: `${THE_ROUTE} has no backend that serves`,
    description:
      "All backends of a split are out. The load stays on backends with ready endpoints although they are unfit. Users see failures, and no shift can help.",
  },
  {
    name: "LinkerdFailoverDegraded",
    // Where nothing is fit, the alert above says so.
    expr: `max by (${ROUTE}) (${metric("route_degraded")}) == 1 unless ${servesEverywhere()} == 0`,
    for: "1m",
    severity: "critical",
    why: "One minute, because a failover that is due takes some ten seconds. What lasts longer is held.",
    summary: `Users of ${THE_ROUTE} are failing, and their traffic does not move`,
    description:
      "A backend that carries load is unfit while another one serves. A freeze, a pin, a brake or a failing write keeps the traffic where it is.",
  },
  {
    name: "LinkerdFailoverRouteProblem",
    expr: `max by (${ROUTE}, problem) (${metric("route_problem")}) == 1`,
    for: "10m",
    severity: "warning",
    why: "Ten minutes, because an owner may be in the middle of an edit.",
    summary: `${THE_ROUTE} has the problem {{ $labels.problem }}`,
    description: "The route's annotations, backends or rule are not as its owner meant them. With some problems the route is left alone.",
  },
  {
    name: "LinkerdFailoverConflicts",
    // The first re-apply of a writer creates the series, and `increase` does not count it. Every replica counts all re-applies.
    expr: `max by (${ROUTE}, manager) (increase(${metric("conflicts_total")}[1h])) >= 2`,
    for: "5m",
    severity: "warning",
    why: "One re-apply is a deployment. Three within an hour come from a tool that keeps restoring what is in Git. `for` is five minutes, because `increase` overestimates as long as it has only two samples.",
    summary: `{{ $labels.manager }} keeps overwriting the weights of ${THE_ROUTE}`,
    description:
      "Another writer puts the baseline back over the shifted weights, so traffic alternates between a failed backend and a fit one.",
  },
];

/** Alerts about the controller, by installation: several installations can share one Prometheus. */
const ABOUT_THE_CONTROLLER: readonly Alert[] = [
  {
    name: "LinkerdFailoverSignalsLost",
    expr: `max by (${INSTALLATION}) (${metric("signals_lost")}) == 1`,
    for: "1m",
    severity: "warning",
    why: "At least one minute, because a single tick may coincide with a restart of Prometheus. Well below the ten minutes after which the controller stops holding back.",
    summary: `Many routes lost their metrics at once${OF_INSTALLATION}`,
    description: "The controller assumes a monitoring outage, so metrics move no traffic. Readiness and gateways still do.",
  },
  {
    name: "LinkerdFailoverEvidencePartial",
    // A series by outcome exists from the start, so no first event is lost.
    expr: `sum by (${INSTALLATION}) (rate(${metric("prometheus_queries_total", { outcome: "partial" })}[10m])) > 0.5 * sum by (${INSTALLATION}) (rate(${metric("prometheus_queries_total")}[10m]))`,
    for: "10m",
    severity: "warning",
    why: "More than half of the answers for ten minutes: a store behind Thanos that restarts is partial for less.",
    summary: `Prometheus answers in part only${OF_INSTALLATION}`,
    description: "Its answers carry warnings that something is lacking. What they lack is unknown to the controller and moves no traffic.",
  },
  {
    name: "LinkerdFailoverGatewayDead",
    expr: `min by (job, namespace, cluster) (${metric("cluster_fit")}) == 0`,
    for: "2m",
    severity: "warning",
    why: "The traffic has moved at the second tick. Two minutes, because a gateway that restarts is back by then.",
    summary: `The gateway of cluster {{ $labels.cluster }} is dead${OF_INSTALLATION}`,
    description: "No backend in that cluster gets traffic. Routes whose other backends fail too have no standby there.",
  },
  {
    name: "LinkerdFailoverRoutesLeftOut",
    // The label of the metric is the namespace of the routes, so it is no installation.
    expr: `max by (job, namespace) (${metric("routes_left_out")}) > 0`,
    for: "10m",
    severity: "warning",
    why: "Ten minutes, because a namespace may be cleaned up at this moment.",
    summary: "{{ $value }} routes in namespace {{ $labels.namespace }} are not managed",
    description: "They are above `maxRoutesPerNamespace`, so they do not fail over. The oldest routes are managed first.",
  },
  {
    name: "LinkerdFailoverLoopStuck",
    expr: `time() - max by (${INSTALLATION}, instance) (${metric("last_tick_timestamp_seconds")}) > 60`,
    for: "5m",
    severity: "critical",
    why: "With the longest interval, five minutes, the age falls below a minute at each tick. Kubernetes restarts a replica whose loop stands still for six intervals; this one was not.",
    summary: `Replica {{ $labels.instance }} has not evaluated anything for a minute${OF_INSTALLATION}`,
    description: "Its metrics are scraped, but its loop stands still or its clock is wrong. If it leads, no traffic moves.",
  },
  {
    name: "LinkerdFailoverPrometheusUnreachable",
    expr: `min by (${INSTALLATION}) (${metric("prometheus_up")}) == 0`,
    for: "5m",
    severity: "warning",
    why: "Five minutes cover a restart of Prometheus. The minimum over all replicas, because a replica that gets no answers now gets none when it becomes leader.",
    summary: `The controller gets no answers from Prometheus${OF_INSTALLATION}`,
    description: "Metrics move no traffic until Prometheus answers again. Readiness still does; the state of gateways is unknown.",
  },
  {
    name: "LinkerdFailoverNoLeader",
    expr: `max by (${INSTALLATION}) (${metric("leader")}) == 0`,
    for: "2m",
    severity: "critical",
    why: "A new leader takes over within 20 s; two minutes also cover the rollout of a single replica. Replicas in a dry run never lead and do not export this series.",
    summary: `No replica leads${OF_INSTALLATION}`,
    description: "The replicas evaluate routes, but none of them holds the Lease, so none writes. No traffic moves, whatever fails.",
  },
  {
    name: "LinkerdFailoverRulesRejected",
    expr: `min by (${INSTALLATION}) (${metric("config_last_reload_successful")}) == 0`,
    for: "1m",
    severity: "warning",
    why: "One minute, because a file that is being edited may be half written. The minimum over all replicas, because each reads its own copy.",
    summary: `The rules file is invalid${OF_INSTALLATION}`,
    description:
      "The previous rules stay in force. A replica that starts now exits with an error, so the next restart is an outage of the controller.",
  },
  {
    name: "LinkerdFailoverWritesFailing",
    // Only the leader writes. The sum also counts failures of the previous leader within the window.
    expr: `sum by (${INSTALLATION}, kind) (increase(${metric("writes_total", { outcome: "failed" })}[5m])) >= 3`,
    severity: "critical",
    why: "A failed write is retried at each tick. Three failures within five minutes are more than a brief error of the API server.",
    summary: `Weights of {{ $labels.kind }}s cannot be written${OF_INSTALLATION}`,
    description:
      "Traffic should move and does not. The log has the reason of each failed write, usually a missing permission or an admission webhook.",
  },
  {
    name: "LinkerdFailoverControllerDown",
    expr: `absent(${metric("build_info")})`,
    for: "3m",
    severity: "critical",
    why: "Three minutes cover the restart of a single replica on another node, and a Prometheus that has just started.",
    summary: "No replica of the controller is scraped",
    description: "The controller is down, or Prometheus does not scrape it. The weights stay as they were last written, shifted or not.",
  },
];

/** All alerts, in groups of Prometheus rules. */
export const ALERT_GROUPS = [
  { name: "linkerd-failover-routes", alerts: ABOUT_ROUTES },
  { name: "linkerd-failover-controller", alerts: ABOUT_THE_CONTROLLER },
] as const;

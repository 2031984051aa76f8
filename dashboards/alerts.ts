import { INSTALLATION, metric, ROUTE } from "./metric.ts";
import { servesEverywhere } from "./nothingFit.ts";

/** Where the runbook is: below the project's own pages, one section an alert. */
export const RUNBOOK = "docs/runbook.md";

/** One alert. `{{ }}` is Prometheus' template language. */
export interface Alert {
  readonly name: string;
  readonly expr: string;
  /** How long it must hold; absent: at once. */
  readonly for?: string;
  /** Someone must come now; someone must look today; good to know. */
  readonly severity: "critical" | "warning" | "info";
  /** Why these thresholds: a comment in the rules file. */
  readonly why: string;
  readonly summary: string;
  readonly description: string;
}

const THE_ROUTE = "{{ $labels.kind }} {{ $labels.namespace }}/{{ $labels.route }}";
const OF_INSTALLATION = "{{ with $labels.namespace }} in namespace {{ . }}{{ end }}";

/** What routes tell. Every replica tells of every route, so they are taken together: an alert a route, however many replicas. */
const ABOUT_ROUTES: readonly Alert[] = [
  {
    name: "LinkerdFailoverTrafficShifted",
    expr: `max by (${ROUTE}) (${metric("route_shifted")}) == 1`,
    severity: "info",
    why: "At once: a shift is a decision that has waited for its evidence already.",
    summary: `Traffic of ${THE_ROUTE} is shifted`,
    description: "Its live weights differ from those that its owner wants while all is well. The controller does what it is there for.",
  },
  {
    name: "LinkerdFailoverShiftedLong",
    expr: `max by (${ROUTE}) (${metric("route_shifted")}) == 1`,
    for: "2h",
    severity: "warning",
    why: "A backend that recovers is back within minutes, and one that relapses waits 30 min at most by the built-in rule: after 2 h nobody repairs it, or it is pinned or frozen.",
    summary: `Traffic of ${THE_ROUTE} has been shifted for two hours`,
    description:
      "What is out does not come back by itself, or somebody has pinned or frozen the route. Standbys have no standby meanwhile.",
  },
  {
    name: "LinkerdFailoverFlapping",
    // Into `out` and out of it again are two changes. A gauge of each replica: no counter that a restart or a new leader would split.
    expr: `max by (${ROUTE}, backend) (changes(${metric("backend_phase", { phase: "out" })}[2h])) >= 5`,
    severity: "warning",
    why: "Five changes are three departures. In 2 h: a backend that relapses again and again waits up to 30 min each time by the built-in rule, so it still leaves three times in that window.",
    summary: `{{ $labels.backend }} of ${THE_ROUTE} comes back and fails again`,
    description:
      "It went out at least three times within two hours. Each relapse makes the next wait longer, but each return costs its users some requests.",
  },
  {
    name: "LinkerdFailoverNothingFit",
    expr: `${servesEverywhere()} == 0`,
    for: "1m",
    severity: "critical",
    why: "A minute: that no backend serves is seen as soon as it is so, but a roll-out may leave a moment without any ready endpoint.",
    summary: `${THE_ROUTE} has no backend that is fit`,
    description:
      "All backends of a split are out. The load stays with whoever is ready, fit or not: its users see failures, and no shift can help.",
  },
  {
    name: "LinkerdFailoverConflicts",
    // The first re-apply of a writer begins the series, and `increase` does not see it: two more make it a fight. Every replica counts all.
    expr: `max by (${ROUTE}, manager) (increase(${metric("conflicts_total")}[1h])) >= 2`,
    for: "5m",
    severity: "warning",
    why: "One re-apply is a deployment. Three in an hour are a tool that compares what is live with what is in Git. Five minutes, so that what increase makes of two samples only is past.",
    summary: `{{ $labels.manager }} puts the weights of ${THE_ROUTE} back again and again`,
    description:
      "Another writer puts the baseline over the shifted weights, so traffic goes to and fro between a failed backend and a fit one.",
  },
];

/** What replicas tell of themselves. By installation, so that one does not speak for another in the same Prometheus. */
const ABOUT_THE_CONTROLLER: readonly Alert[] = [
  {
    name: "LinkerdFailoverSignalsLost",
    expr: `max by (${INSTALLATION}) (${metric("signals_lost")}) == 1`,
    for: "1m",
    severity: "warning",
    why: "A minute: one look may coincide with a restart of Prometheus. No longer, since after ten minutes the controller takes the loss for how things are.",
    summary: `Many routes have lost their metrics at once${OF_INSTALLATION}`,
    description: "The monitoring is taken to be out, so what metrics say moves nothing. Readiness and gateways still do.",
  },
  {
    name: "LinkerdFailoverPrometheusUnreachable",
    expr: `min by (${INSTALLATION}) (${metric("prometheus_up")}) == 0`,
    for: "5m",
    severity: "warning",
    why: "Five minutes: a restart of Prometheus is no news. The least of all replicas: a standby that cannot ask will not see when it leads.",
    summary: `The controller gets no answers from Prometheus${OF_INSTALLATION}`,
    description: "What metrics say moves nothing meanwhile. Readiness still does; gateways are not seen.",
  },
  {
    name: "LinkerdFailoverNoLeader",
    expr: `max by (${INSTALLATION}) (${metric("leader")}) == 0`,
    for: "2m",
    severity: "critical",
    why: "A leader that dies is followed within 20 s; two minutes also hold a roll-out of a single replica. In a dry run nobody is to lead: its replicas have no such series.",
    summary: `No replica leads${OF_INSTALLATION}`,
    description: "The replicas look and judge, and none of them may write: no traffic moves, whatever fails.",
  },
  {
    name: "LinkerdFailoverRulesRejected",
    expr: `min by (${INSTALLATION}) (${metric("config_last_reload_successful")}) == 0`,
    for: "1m",
    severity: "warning",
    why: "A minute: a file that is being edited may be half written. The least of all replicas, since each reads its own copy.",
    summary: `The rules file is invalid${OF_INSTALLATION}`,
    description:
      "The rules from before stay in force. A replica that starts now does not come up, so the next restart is an outage of the controller.",
  },
  {
    name: "LinkerdFailoverWritesFailing",
    // Only the leader writes, but the one before it may have failed within the window, too.
    expr: `sum by (${INSTALLATION}, kind) (increase(${metric("writes_total", { outcome: "failed" })}[5m])) >= 3`,
    severity: "critical",
    why: "What was not written is tried again at each look: three failures within five minutes are no hiccup of the API server.",
    summary: `Weights of {{ $labels.kind }}s cannot be written${OF_INSTALLATION}`,
    description:
      "Traffic should move and does not. The log tells why each write failed; a missing right and an admission webhook are usual.",
  },
  {
    name: "LinkerdFailoverControllerDown",
    expr: `absent(${metric("build_info")})`,
    for: "3m",
    severity: "critical",
    why: "Three minutes hold a restart of a single replica on another node, and a Prometheus that has just started.",
    summary: "No replica of the controller is scraped",
    description: "It is down, or Prometheus does not find it. The weights stay as they were last written, shifted or not.",
  },
];

/** All alerts, by whom they are about. */
export const ALERT_GROUPS = [
  { name: "linkerd-failover-routes", alerts: ABOUT_ROUTES },
  { name: "linkerd-failover-controller", alerts: ABOUT_THE_CONTROLLER },
] as const;

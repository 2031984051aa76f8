import type { Report } from "../controller/report.ts";
import { notAlive, notReady } from "./probes.ts";
import { rfc3339 } from "./rfc3339.ts";
import { SEVERITIES, type Severity } from "./severity.ts";

/** Where the page leads to; null: nowhere. */
export interface PageLinks {
  readonly runbook: string | null;
  readonly dashboard: string | null;
}

export const NO_LINKS: PageLinks = { runbook: null, dashboard: null };

/** What concerns all routes together. */
export interface FeedHeader {
  readonly now: string;
  readonly version: string;
  readonly namespace: string;
  /** This replica: its pod. */
  readonly replica: string;
  readonly role: "leads" | "stands by" | "dry run";
  /** The pod that leads; null: none is known. */
  readonly leader: string | null;
  readonly lastTick: string | null;
  readonly intervalMs: number;
  readonly prometheus: "up" | "down" | "unknown";
  readonly rules: { readonly ok: boolean; readonly since: string; readonly names: readonly string[] };
  readonly gateways: readonly { readonly cluster: string; readonly gateway: string }[];
  /** What is wrong with the controller itself, or with what it sees. */
  readonly warnings: readonly string[];
  readonly links: PageLinks;
  readonly counts: Readonly<Record<Severity, number>>;
}

/** The header of the page. */
export function feedHeader(report: Report, severities: Iterable<Severity>, links: PageLinks): FeedHeader {
  const counts = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0])) as Record<Severity, number>;
  for (const severity of severities) counts[severity] += 1;
  const { leader, leaderName, replica, namespace, reload, ruleNames, observer, lastTickMs } = report;
  return {
    now: rfc3339(report.nowMs),
    version: report.version,
    namespace,
    replica,
    role: leader === null ? "dry run" : leader ? "leads" : "stands by",
    leader: leader === true ? replica : leaderName,
    lastTick: lastTickMs === null ? null : rfc3339(lastTickMs),
    intervalMs: report.intervalMs,
    prometheus: observer.prometheusUp === null ? "unknown" : observer.prometheusUp ? "up" : "down",
    rules: { ok: reload.ok, since: rfc3339(reload.atMs), names: ruleNames },
    gateways: [...report.state.clusters.byName.values()].map(({ name, gateway }) => ({ cluster: name, gateway })),
    warnings: warningsOf(report),
    links,
    counts,
  };
}

function warningsOf(report: Report): readonly string[] {
  const warnings = [notReady(report), notAlive(report)].filter((warning) => warning !== null);
  for (const [namespace, count] of report.observer.leftOut)
    warnings.push(`namespace ${namespace}: ${count} routes above the limit are left alone`);
  if (report.observer.prometheusUp === false)
    warnings.push("Prometheus does not answer, so its metrics move nothing; readiness and gateways still do");
  if (!report.reload.ok) warnings.push("the rules file is invalid; the previous rules stay in force");
  if (report.state.brakes.signalLoss !== null) {
    warnings.push("many routes lost their metrics at once, so metric-driven moves are frozen");
  }
  for (const { name, gateway } of report.state.clusters.byName.values()) {
    if (gateway === "dead") warnings.push(`the gateway of cluster ${name} is dead`);
  }
  return warnings;
}

import type { Report } from "../controller/report.ts";
import { isTelling } from "../evaluator/explain/explain.ts";
import { reasonText } from "../evaluator/explain/reasonText.ts";
import { readingsOf } from "../evaluator/model/judgement.ts";
import { type RouteState, reasonsOf } from "../evaluator/model/state.ts";
import type { Phase } from "../routes/route.ts";
import { notAlive, notReady } from "./probes.ts";
import { type RateHistory, successRateOf } from "./rateHistory.ts";
import { rfc3339 } from "./rfc3339.ts";

/** The data of the status page, kept small. */
export interface Overview {
  readonly version: string;
  readonly now: string;
  readonly intervalMs: number;
  readonly leader: boolean;
  /** Warnings about the controller, Prometheus and linked clusters. */
  readonly warnings: readonly string[];
  /** Shifted routes first, then by key. */
  readonly routes: readonly OverviewRoute[];
}

export interface OverviewRoute {
  /** `KIND/NAMESPACE/NAME` */
  readonly key: string;
  readonly shifted: boolean;
  readonly frozen: boolean;
  readonly pinned: string | null;
  readonly problems: readonly string[];
  /** Why the route is not at rest, and what it waits for; empty if it is at rest. */
  readonly why: readonly string[];
  readonly splits: readonly { readonly name: string; readonly backends: readonly OverviewBackend[] }[];
}

export interface OverviewBackend {
  readonly backend: string;
  readonly weight: number;
  readonly baseline: number;
  readonly phase: Phase | null;
  /** 0..1; null while it is unknown. */
  readonly successRate: number | null;
  /** As `successRate`, oldest first; empty without a history. */
  readonly rates: readonly (number | null)[];
}

/** The overview of a report; with a history, it includes the recent success rates. */
export function overview(report: Report, history: RateHistory | null): Overview {
  const routes = [...report.state.routes].map(([key, route]) => overviewRoute(key, route, history));
  return {
    version: report.version,
    now: rfc3339(report.nowMs),
    intervalMs: report.intervalMs,
    leader: report.leader === true,
    warnings: warningsOf(report),
    routes: routes.sort((a, b) => Number(b.shifted) - Number(a.shifted) || (a.key < b.key ? -1 : 1)),
  };
}

function warningsOf(report: Report): readonly string[] {
  const warnings = [notReady(report), notAlive(report)].filter((warning) => warning !== null);
  for (const [namespace, count] of report.observer.leftOut)
    warnings.push(`namespace ${namespace}: ${count} routes above the limit are left alone`);
  if (report.observer.prometheusUp === false) warnings.push("Prometheus does not answer, so metrics move nothing");
  if (!report.reload.ok) warnings.push("the rules file is invalid; the previous rules stay in force");
  if (report.state.brakes.signalLoss !== null) {
    warnings.push("many routes lost their metrics at once, so metric-driven moves are frozen");
  }
  for (const { name, gateway } of report.state.clusters.byName.values()) {
    if (gateway === "dead") warnings.push(`the gateway of cluster ${name} is dead`);
  }
  return warnings;
}

function overviewRoute(key: string, route: RouteState, history: RateHistory | null): OverviewRoute {
  return {
    key,
    shifted: route.shifted,
    frozen: route.frozen,
    pinned: route.pinned,
    problems: route.problems.map(({ problem, text }) => `${problem}: ${text}`),
    why: isAtRest(route) ? [] : whyOf(route),
    splits: route.splits.map(({ name, live, baseline }) => ({
      name,
      backends: Object.keys(live).map((backend) => ({
        backend,
        weight: live[backend] ?? 0,
        baseline: baseline[backend] ?? 0,
        ...health(route, backend),
        rates: history?.of(key, backend) ?? [],
      })),
    })),
  };
}

function isAtRest({ shifted, frozen, pinned, problems, brakes, backends }: RouteState): boolean {
  const isQuiet = !shifted && !frozen && pinned === null && problems.length === 0 && brakes.length === 0;
  return isQuiet && [...backends.values()].every(({ state }) => state.phase === "serving");
}

function whyOf(route: RouteState): readonly string[] {
  return reasonsOf(route)
    .filter(({ reason }) => isTelling(reason))
    .map(({ backend, reason }) => (backend === null ? reasonText(reason) : `${backend}: ${reasonText(reason)}`));
}

function health(route: RouteState, backend: string): Pick<OverviewBackend, "phase" | "successRate"> {
  const report = route.backends.get(backend);
  if (report === undefined) return { phase: null, successRate: null };
  return { phase: report.state.phase, successRate: successRateOf(readingsOf(report.judgement)["successRate"]) };
}

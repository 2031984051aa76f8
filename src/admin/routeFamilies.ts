import { isDegraded } from "../evaluator/explain/isDegraded.ts";
import type { BackendReport } from "../evaluator/model/backendReport.ts";
import type { RouteState } from "../evaluator/model/state.ts";
import { PHASES } from "../routes/route.ts";
import { labelText } from "./labelText.ts";
import type { RouteMetricName } from "./metricsTable.ts";

type Gauge = RouteMetricName<"gauge">;

/** Adds a sample to the family, with these labels beside those of the route: `,backend="web"`. */
type Add = (more: string, value: number) => void;

/** The samples that each gauge has of a route. */
const SAMPLES: Readonly<Record<Gauge, (route: RouteState, add: Add) => void>> = {
  route_shifted: ({ shifted }, add) => add("", Number(shifted)),
  route_degraded: (route, add) => add("", Number(isDegraded(route))),
  route_frozen: ({ frozen }, add) => add("", Number(frozen)),
  route_pinned: ({ pinned }, add) => add("", Number(pinned !== null)),
  route_problem: ({ problems }, add) => {
    for (const { problem } of problems) add(labelText("problem", problem), 1);
  },
  backend_weight: ({ splits }, add) => {
    for (const { name, live } of splits) addWeights(name, live, add);
  },
  backend_baseline_weight: ({ splits }, add) => {
    for (const { name, baseline } of splits) addWeights(name, baseline, add);
  },
  backend_phase: ofBackends(({ backend, state }, add) => {
    const label = labelText("backend", backend);
    for (const phase of PHASES) add(`${label},phase="${phase}"`, Number(state.phase === phase));
  }),
  backend_success_rate: ofBackends((report, add) => {
    const counts = countsOf(report);
    if (counts !== null && counts.total > 0) add(labelText("backend", report.backend), counts.good / counts.total);
  }),
  backend_requests: ofBackends((report, add) => {
    const counts = countsOf(report);
    if (counts !== null) add(labelText("backend", report.backend), counts.total);
  }),
  backend_ready_endpoints: ofBackends(({ backend, judgement }, add) => {
    if (judgement.readyEndpoints !== null) add(labelText("backend", backend), judgement.readyEndpoints);
  }),
};

/** A gauge's lines of the exposition, one text a route. */
export function* routeLines(metric: Gauge, name: string, routes: Iterable<RouteState>): Generator<string> {
  const samplesOf = SAMPLES[metric];
  for (const route of routes) {
    const labels = `${name}{${routeLabels(route.ref)}`;
    let lines = "";
    samplesOf(route, (more, value) => {
      lines += `${labels}${more}} ${value}\n`;
    });
    yield lines;
  }
}

/** The labels of a route, as `kind="…",namespace="…",route="…"`. */
export function routeLabels({ kind, namespace, name }: RouteState["ref"]): string {
  return `kind="${kind}"${labelText("namespace", namespace)}${labelText("route", name)}`;
}

function ofBackends(samplesOf: (report: BackendReport, add: Add) => void): (route: RouteState, add: Add) => void {
  return ({ backends }, add) => {
    for (const report of backends.values()) samplesOf(report, add);
  };
}

function addWeights(split: string, weights: Readonly<Record<string, number>>, add: Add): void {
  for (const backend in weights) add(`${labelText("backend", backend)}${labelText("split", split)}`, weights[backend] ?? 0);
}

/** Its requests in the window; null: unknown. */
function countsOf({ judgement }: BackendReport): { readonly good: number; readonly total: number } | null {
  const reading = judgement.soft.find(({ signal }) => signal === "successRate")?.reading;
  return reading !== undefined && "total" in reading ? reading : null;
}

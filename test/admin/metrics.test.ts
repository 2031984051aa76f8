import { describe, expect, it } from "vitest";
import { createMetrics } from "../../src/admin/metrics.ts";
import type { Report } from "../../src/controller/report.ts";
import type { BackendReport } from "../../src/evaluator/model/backendReport.ts";
import { BRAKES } from "../../src/evaluator/model/reason.ts";
import { ROUTE_KINDS } from "../../src/routes/route.ts";
import { parseExposition, type Sample, valueOf } from "./exposition.ts";
import { failoverOf, judged, NOW_MS, reportOf, shiftedRoute, WEB } from "./reports.ts";

const P = "linkerd_failover_";
const R = { kind: "TrafficSplit", namespace: "shop", route: "web" };

async function scrape(report: Report): Promise<readonly Sample[]> {
  return parseExposition((await createMetrics(() => report).expose()).body);
}

describe("counters", () => {
  it("exist at 0 from the start if their label values are fixed", async () => {
    const samples = await scrape(reportOf([]));
    for (const kind of ROUTE_KINDS) {
      for (const outcome of ["written", "conflict", "failed", "dryRun"])
        expect(valueOf(samples, `${P}writes_total`, { kind, outcome })).toBe(0);
    }
    for (const brake of BRAKES) expect(valueOf(samples, `${P}brakes_total`, { brake })).toBe(0);
    for (const outcome of ["success", "error", "timeout"]) expect(valueOf(samples, `${P}prometheus_queries_total`, { outcome })).toBe(0);
    expect(valueOf(samples, `${P}tick_duration_seconds_count`)).toBe(0);
    expect(valueOf(samples, `${P}prometheus_query_duration_seconds_count`)).toBe(0);
  });

  it("have a limited number of managers per route", async () => {
    const metrics = createMetrics(() => reportOf([shiftedRoute()]));
    for (let i = 0; i < 1_000; i += 1) metrics.reapplied(WEB, `me-${i}`);
    metrics.reapplied(WEB, "me-1");
    const samples = parseExposition((await metrics.expose()).body).filter(({ name }) => name === `${P}conflicts_total`);
    const counts = Object.fromEntries(samples.map(({ labels, value }) => [labels["manager"], value]));
    expect(counts).toEqual({ "me-0": 1, "me-1": 2, "me-2": 1, "me-3": 1, "me-4": 1, other: 995 });
  });

  it("by route begin with their first event and end with their route", async () => {
    let report = reportOf([shiftedRoute()]);
    const metrics = createMetrics(() => report);
    const read = async () => parseExposition((await metrics.expose()).body).filter(({ name }) => /_(shifts|conflicts)_total$/.test(name));
    expect(await read()).toEqual([]);
    metrics.settled(failoverOf(), { outcome: "written", resourceVersion: "1" });
    metrics.settled(failoverOf(), { outcome: "written", resourceVersion: "2" });
    metrics.reapplied(WEB, 'flux "x"\\');
    expect(await read()).toEqual([
      { name: `${P}shifts_total`, labels: { ...R, direction: "failover", cause: "successRate" }, value: 2 },
      { name: `${P}conflicts_total`, labels: { ...R, manager: 'flux "x"\\' }, value: 1 },
    ]);
    expect(await read()).toHaveLength(2);
    report = reportOf([]);
    expect(await read()).toEqual([]);
    report = reportOf([shiftedRoute()]);
    expect(await read()).toEqual([]);
  });

  it("count a shift only once it is written", async () => {
    const metrics = createMetrics(() => reportOf([shiftedRoute()]));
    metrics.settled(failoverOf(), { outcome: "conflict" });
    metrics.settled(failoverOf(), { outcome: "failed", error: "no" });
    metrics.settled(failoverOf(), { outcome: "dryRun" });
    const samples = parseExposition((await metrics.expose()).body);
    expect(samples.filter(({ name }) => name === `${P}shifts_total`)).toEqual([]);
    for (const [outcome, times] of [
      ["conflict", 1],
      ["failed", 1],
      ["dryRun", 1],
      ["written", 0],
    ] as const) {
      expect(valueOf(samples, `${P}writes_total`, { kind: "TrafficSplit", outcome })).toBe(times);
    }
  });

  it("count the events of the controller", async () => {
    const metrics = createMetrics(() => reportOf([]));
    metrics.held(["frozen", "noneFit"]);
    metrics.held(["frozen"]);
    metrics.ticked(20);
    metrics.queried("timeout", 2_000);
    const samples = parseExposition((await metrics.expose()).body);
    expect(valueOf(samples, `${P}brakes_total`, { brake: "frozen" })).toBe(2);
    expect(valueOf(samples, `${P}brakes_total`, { brake: "noneFit" })).toBe(1);
    expect(valueOf(samples, `${P}tick_duration_seconds_sum`)).toBe(0.02);
    expect(valueOf(samples, `${P}prometheus_queries_total`, { outcome: "timeout" })).toBe(1);
    expect(valueOf(samples, `${P}prometheus_query_duration_seconds_bucket`, { le: "2.5" })).toBe(1);
    expect(valueOf(samples, `${P}prometheus_query_duration_seconds_bucket`, { le: "1" })).toBe(0);
  });

  it("of one controller are independent of another's", async () => {
    const first = createMetrics(() => reportOf([]));
    const second = createMetrics(() => reportOf([]));
    first.held(["frozen"]);
    expect(valueOf(parseExposition((await second.expose()).body), `${P}brakes_total`, { brake: "frozen" })).toBe(0);
  });

  it("of deleted routes are dropped even without a scrape", () => {
    let asked = 0;
    const metrics = createMetrics(() => {
      asked += 1;
      return reportOf([]);
    });
    for (let i = 0; i < 5_000; i += 1) metrics.reapplied({ ...WEB, name: `web-${i}` }, "kubectl");
    expect(asked).toBe(5);
  });
});

describe("gauges", () => {
  it("show a route and its backends", async () => {
    const samples = await scrape(reportOf([shiftedRoute(WEB, { problems: [{ problem: "unknown-pin", text: "…" }] })]));
    const web = { ...R, backend: "web" };
    const east = { ...R, backend: "east" };
    expect(valueOf(samples, `${P}routes`, { kind: "TrafficSplit" })).toBe(1);
    expect(valueOf(samples, `${P}routes`, { kind: "HTTPRoute" })).toBe(0);
    expect(valueOf(samples, `${P}route_shifted`, R)).toBe(1);
    for (const flag of ["degraded", "frozen", "pinned"]) expect([flag, valueOf(samples, `${P}route_${flag}`, R)]).toEqual([flag, 0]);
    expect(valueOf(samples, `${P}route_problem`, { ...R, problem: "unknown-pin" })).toBe(1);
    expect(valueOf(samples, `${P}backend_weight`, { ...web, split: "0" })).toBe(0);
    expect(valueOf(samples, `${P}backend_weight`, { ...east, split: "0" })).toBe(100);
    expect(valueOf(samples, `${P}backend_baseline_weight`, { ...web, split: "0" })).toBe(100);
    const phases = ["serving", "suspect", "out", "returning"].map((phase) => valueOf(samples, `${P}backend_phase`, { ...web, phase }));
    expect(phases).toEqual([0, 0, 1, 0]);
    expect(valueOf(samples, `${P}backend_success_rate`, east)).toBe(0.99);
    expect(valueOf(samples, `${P}backend_requests`, east)).toBe(100);
    expect(valueOf(samples, `${P}backend_ready_endpoints`, east)).toBe(2);
  });

  it("show a freeze, a pin, and load on an unfit backend", async () => {
    const { backends } = shiftedRoute();
    const east = { ...(backends.get("east") as BackendReport), ...judged("unfit", 2, {}) };
    const route = shiftedRoute(WEB, { frozen: true, pinned: "east", backends: new Map([...backends, ["east", east]]) });
    const samples = await scrape(reportOf([route]));
    for (const flag of ["degraded", "frozen", "pinned"]) expect([flag, valueOf(samples, `${P}route_${flag}`, R)]).toEqual([flag, 1]);
  });

  it("are absent if their value is unknown", async () => {
    const samples = await scrape(
      reportOf([shiftedRoute()], {
        lastTickMs: null,
        observer: {
          prometheusUp: null,
          queries: { success: 0, partial: 0, error: 0, timeout: 0 },
          leftOut: new Map(),
          resources: [
            {
              resource: "trafficsplits",
              lastEventMs: null,
              restarts: 0,
              synced: false,
              absent: false,
              trusted: false,
              trouble: null,
              version: null,
            },
          ],
        },
      }),
    );
    const web = { ...R, backend: "web" };
    for (const name of ["backend_success_rate", "backend_requests", "backend_ready_endpoints"])
      expect(valueOf(samples, P + name, web)).toBeUndefined();
    for (const name of ["prometheus_up", "last_tick_timestamp_seconds"]) expect(valueOf(samples, P + name)).toBeUndefined();
    expect(valueOf(samples, `${P}watch_last_event_timestamp_seconds`, { resource: "trafficsplits" })).toBeUndefined();
    expect(valueOf(samples, `${P}watch_restarts_total`, { resource: "trafficsplits" })).toBe(0);
  });

  it("have a request count of 0 but no success rate without requests", async () => {
    const route = shiftedRoute();
    const east = route.backends.get("east")!;
    const idle = { ...east, ...judged("unknown", 2, { successRate: { state: "quiet", good: 0, total: 0 } }) };
    const samples = await scrape(reportOf([{ ...route, backends: new Map([["east", idle]]) }]));
    expect(valueOf(samples, `${P}backend_requests`, { ...R, backend: "east" })).toBe(0);
    expect(valueOf(samples, `${P}backend_success_rate`, { ...R, backend: "east" })).toBeUndefined();
  });

  it("count readings by signal and state", async () => {
    const samples = await scrape(reportOf([shiftedRoute()]));
    const read = (signal: string, state: string) => valueOf(samples, `${P}readings`, { signal, state });
    expect(["value", "quiet", "missing", "failed"].map((state) => read("successRate", state))).toEqual([1, 0, 1, 0]);
    expect(["value", "quiet", "missing", "failed"].map((state) => read("readiness", state))).toEqual([1, 0, 0, 0]);
  });

  it("show the controller itself", async () => {
    const samples = await scrape(
      reportOf([], {
        leader: false,
        reload: { ok: false, atMs: NOW_MS },
        observer: {
          prometheusUp: false,
          queries: { success: 0, partial: 0, error: 0, timeout: 0 },
          leftOut: new Map([["flood", 7]]),
          resources: [
            {
              resource: "endpointslices",
              lastEventMs: NOW_MS,
              restarts: 3,
              synced: true,
              absent: false,
              trusted: true,
              trouble: null,
              version: null,
            },
          ],
        },
      }),
    );
    expect(valueOf(samples, `${P}build_info`, { version: "1.2.3" })).toBe(1);
    expect(valueOf(samples, `${P}leader`)).toBe(0);
    expect(valueOf(samples, `${P}prometheus_up`)).toBe(0);
    expect(valueOf(samples, `${P}last_tick_timestamp_seconds`)).toBe((NOW_MS - 1_000) / 1_000);
    expect(valueOf(samples, `${P}config_last_reload_successful`)).toBe(0);
    expect(valueOf(samples, `${P}config_last_reload_success_timestamp_seconds`)).toBe(NOW_MS / 1_000);
    expect(valueOf(samples, `${P}watch_last_event_timestamp_seconds`, { resource: "endpointslices" })).toBe(NOW_MS / 1_000);
    expect(valueOf(samples, `${P}watch_restarts_total`, { resource: "endpointslices" })).toBe(3);
    expect(samples.some(({ name }) => name.startsWith("process_"))).toBe(true);
    expect(samples.some(({ name }) => name.startsWith("nodejs_"))).toBe(true);
    expect(valueOf(samples, `${P}routes_left_out`, { namespace: "flood" })).toBe(7);
  });

  it("do not show a leader in a dry run, which has none", async () => {
    expect(valueOf(await scrape(reportOf([], { leader: null })), `${P}leader`)).toBeUndefined();
  });

  it("of a deleted route are dropped", async () => {
    let report = reportOf([shiftedRoute(), shiftedRoute({ ...WEB, name: "other" })]);
    const metrics = createMetrics(() => report);
    const named = async () => parseExposition((await metrics.expose()).body).filter(({ labels }) => labels.route === "other").length;
    expect(await named()).toBeGreaterThan(10);
    report = reportOf([shiftedRoute()]);
    expect(await named()).toBe(0);
  });

  it("show every split of a route, and a name with special characters", async () => {
    const ref = { ...WEB, name: 'a"b\\c' };
    const splits = ["0", "canary"].map((name) => ({ ...shiftedRoute().splits[0]!, name }));
    const samples = await scrape(reportOf([shiftedRoute(ref, { splits })]));
    const labels = { ...R, route: ref.name, backend: "east" };
    for (const split of ["0", "canary"]) expect(valueOf(samples, `${P}backend_weight`, { ...labels, split })).toBe(100);
  });
});

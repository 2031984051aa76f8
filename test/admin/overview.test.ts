import { describe, expect, it } from "vitest";
import { overview } from "../../src/admin/overview.ts";
import { RateHistory } from "../../src/admin/rateHistory.ts";
import { reportOf, shiftedRoute, WEB } from "./reports.ts";

describe("the overview", () => {
  it("has the weights of each route, the reasons, and what it waits for", () => {
    const { routes } = overview(reportOf([shiftedRoute()]), null);
    expect(routes[0]).toMatchObject({
      key: "TrafficSplit/shop/web",
      shifted: true,
      splits: [
        {
          backends: [
            { backend: "web", weight: 0, baseline: 100, phase: "out" },
            { backend: "east", weight: 100, baseline: 0, phase: "serving" },
          ],
        },
      ],
    });
    expect(routes[0]?.why).toContain("web: waiting: must be good for another 30s before any traffic returns, longer after 1 relapse");
    expect(routes[0]?.why.some((line) => line.includes("2 ready"))).toBe(false);
  });

  it("has no reasons for a route at rest", () => {
    const calm = shiftedRoute(WEB, { shifted: false, backends: new Map() });
    expect(overview(reportOf([calm]), null).routes[0]?.why).toEqual([]);
  });

  it("has shifted routes first, the others by name", () => {
    const calm = ["b", "a"].map((name) => shiftedRoute({ ...WEB, name }, { shifted: false }));
    const keys = overview(reportOf([...calm, shiftedRoute()]), null).routes.map(({ key }) => key);
    expect(keys).toEqual(["TrafficSplit/shop/web", "TrafficSplit/shop/a", "TrafficSplit/shop/b"]);
  });

  it("has warnings about controller, Prometheus and clusters, and none without trouble", () => {
    expect(overview(reportOf([]), null).warnings).toEqual([]);
    const cluster = { name: "west", gateway: "dead", sinceMs: 0, known: "dead" } as const;
    const quiet = reportOf([]);
    const bad = reportOf([], {
      cachesFilled: false,
      reload: { ok: false, atMs: 0 },
      observer: { ...quiet.observer, prometheusUp: false, leftOut: new Map([["flood", 7]]) },
      state: { ...quiet.state, clusters: { byName: new Map([["west", cluster]]), answer: null } },
    });
    const { warnings } = overview(bad, null);
    for (const part of [
      "caches are not filled",
      "Prometheus does not answer",
      "rules file is invalid",
      "gateway of cluster west is dead",
      "namespace flood: 7 routes above the limit",
    ]) {
      expect(warnings.join("; ")).toContain(part);
    }
  });

  it("has past success rates only with a history", () => {
    const report = reportOf([shiftedRoute()]);
    const history = new RateHistory();
    history.sample({ ...report.state, lastMs: 1 });
    const rates = (past: RateHistory | null) => overview(report, past).routes[0]?.splits[0]?.backends.map((b) => b.rates.length);
    expect(rates(null)).toEqual([0, 0]);
    expect(rates(history)).not.toEqual([0, 0]);
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { feedRoute } from "../../src/admin/feedRoute.ts";
import type { RouteState } from "../../src/evaluator/model/state.ts";
import { linksOf } from "../../src/page/linksOf.ts";
import { NOW_MS, shiftedRoute, WEB } from "../admin/reports.ts";

const LINKS = { runbook: "https://wiki.example/runbook.md#top", dashboard: "https://grafana.example/d/x?orgId=1" };
const RUNBOOK = readFileSync(new URL("../../docs/runbook.md", import.meta.url), "utf8");

const routeOf = (more: Partial<RouteState>) =>
  feedRoute("TrafficSplit/shop/web", shiftedRoute(WEB, more), {
    tickMs: NOW_MS,
    aheadMs: 0,
    last: undefined,
    explained: true,
    before: undefined,
  });
const calm = { shifted: false, backends: new Map() };

describe("the links of a route", () => {
  it.each([
    ["LinkerdFailoverTrafficShifted", {}],
    ["LinkerdFailoverRouteProblem", { ...calm, problems: [{ problem: "unknown-pin", text: "x" }] }],
    ["LinkerdFailoverConflicts", { reasons: [{ backend: null, reason: { kind: "brake", brake: "reapplied", leftMs: 5_000 } }] }],
  ] satisfies [string, Partial<RouteState>][])("lead to the section %s of the runbook, which exists", (section, more) => {
    const [runbook] = linksOf(routeOf(more), LINKS);
    expect(runbook?.href).toBe(`https://wiki.example/runbook.md#${section.toLowerCase()}`);
    expect(RUNBOOK).toContain(`\n## ${section}\n`);
  });

  it("lead to the dashboard at this route", () => {
    expect(linksOf(routeOf({}), LINKS)[1]?.href).toBe("https://grafana.example/d/x?orgId=1&var-namespace=shop&var-route=web");
  });

  it("are absent where none is set", () => {
    expect(linksOf(routeOf({}), { runbook: null, dashboard: null })).toEqual([]);
  });
});

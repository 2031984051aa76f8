import { describe, expect, it } from "vitest";
import { dashboardJson } from "../../dashboards/dashboard.ts";
import { METRIC_PREFIX, METRICS } from "../../src/admin/metricsTable.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

const TEXT = dashboardJson();
const PANELS = (JSON.parse(TEXT) as { readonly panels: readonly Panel[] }).panels;
const SHOWN = PANELS.filter(({ type }) => type !== "row");

describe("the dashboard", () => {
  it("shows every metric of the table", () => {
    const queries = SHOWN.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join("\n");
    expect(METRICS.map(({ name }) => METRIC_PREFIX + name).filter((name) => !queries.includes(name))).toEqual([]);
  });

  it("queries only the selected data source, and describes each panel", () => {
    for (const { title, datasource, description, targets = [] } of SHOWN) {
      expect([title, datasource?.uid, targets.length > 0]).toEqual([title, "${" + "datasource}", true]);
      expect(description).toMatch(/\.$/);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
  });

  it("gives each panel its own id, title and position", () => {
    expect(new Set(PANELS.map(({ id }) => id)).size).toBe(PANELS.length);
    expect(new Set(PANELS.map(({ title }) => title)).size).toBe(PANELS.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of PANELS) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([title, x, y, taken.has(`${x} ${y}`)]).toEqual([title, x, y, false]);
          taken.add(`${x} ${y}`);
        }
    }
  });

  it("uses no undefined variable", () => {
    const used = new Set([...TEXT.matchAll(/\$\{?(\w+)/g)].map(([, name = ""]) => name));
    const defined = [
      "datasource",
      "cluster",
      "job",
      "namespace",
      "route",
      "top",
      "page",
      "runbook",
      "__url_time_range",
      "__data",
      "__rate_interval",
      "__range",
      "__all",
    ];
    expect([...used].filter((name) => !defined.includes(name))).toEqual([]);
  });
});

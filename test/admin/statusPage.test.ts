import { describe, expect, it } from "vitest";
import { statusPage } from "../../src/admin/statusPage.ts";
import { reportOf, shiftedRoute, WEB } from "./reports.ts";

describe("the status page", () => {
  it("says of each route what it does and what it waits for", () => {
    const page = statusPage(reportOf([shiftedRoute()]));
    expect(page).toContain("TrafficSplit/shop/web");
    expect(page).toContain("web 0 (out), east 100");
    expect(page).toContain("web: waits: must look good for another 30s");
    expect(page).not.toContain("east: readiness: 2 ready");
  });

  it("says first what everyone should know", () => {
    const page = statusPage(
      reportOf([], {
        leader: false,
        cachesFilled: false,
        reload: { ok: false, atMs: 0 },
        observer: { resources: [], prometheusUp: false, queries: { success: 0, error: 0, timeout: 0 }, leftOut: new Map([["flood", 7]]) },
      }),
    );
    for (const part of [
      "0 routes",
      "writes nothing",
      "Prometheus does not answer",
      "rules file is invalid",
      "caches are not filled",
      "7 routes of flood",
    ]) {
      expect(page).toContain(part);
    }
  });

  it("escapes whatever comes from the cluster", () => {
    const evil = `<script>alert("1")</script>&'`;
    const route = shiftedRoute(
      { ...WEB, name: evil },
      {
        pinned: evil,
        problems: [{ problem: "unknown-pin", text: evil }],
        splits: [{ name: evil, live: { [evil]: 1 }, baseline: {}, wish: {} }],
        reasons: [{ backend: evil, reason: { kind: "noMetrics", signal: evil, why: "failed", error: evil } }],
      },
    );
    const page = statusPage(reportOf([route], { version: evil }));
    expect(page).not.toContain("<script");
    expect(page).not.toMatch(/&(?!(amp|lt|gt|quot|#39);)/);
    expect(page.split("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;").length).toBeGreaterThan(6);
  });

  it("needs nothing from elsewhere and refreshes itself", () => {
    const page = statusPage(reportOf([shiftedRoute()]));
    expect(page).not.toMatch(/https?:|src=|href=|url\(/);
    expect(page).toMatch(/http-equiv="refresh"/);
  });

  it("shows shifted routes first and stays bounded", () => {
    const calm = Array.from({ length: 3_000 }, (_, i) => shiftedRoute({ ...WEB, name: `calm-${i}` }, { shifted: false }));
    const page = statusPage(reportOf([...calm, shiftedRoute()]));
    expect(page.match(/<tr>/g)).toHaveLength(501);
    expect(page).toContain("and 2501 more");
    expect(page.indexOf("shop/web<")).toBeLessThan(page.indexOf("calm-0<"));
  });
});

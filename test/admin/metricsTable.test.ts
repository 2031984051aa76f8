import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createMetrics } from "../../src/admin/metrics.ts";
import { METRIC_PREFIX, METRICS, metricsDocs } from "../../src/admin/metricsTable.ts";
import { textOf } from "./exposition.ts";
import { reportOf } from "./reports.ts";

describe("the table of metrics", () => {
  it("is in docs/metrics.md (npm run docs writes it)", () => {
    const page = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
    expect(page).toContain(metricsDocs());
  });

  it("has exactly the registered metrics", async () => {
    const text = await textOf(createMetrics(() => reportOf([])));
    const ours = [...text.matchAll(/^# TYPE (linkerd_failover_\w+) (\w+)$/gm)].map((match) => `${match[1]} ${match[2]}`);
    expect(ours.sort()).toEqual(METRICS.map(({ name, type }) => `${METRIC_PREFIX}${name} ${type}`).sort());
  });

  it("follows the naming conventions", () => {
    for (const { name, type } of METRICS) {
      expect(name).toMatch(/^[a-z_]+$/);
      expect(name.endsWith("_total")).toBe(type === "counter");
    }
  });
});

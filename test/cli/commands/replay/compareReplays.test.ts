import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareRules } from "../../../../src/cli/commands/replay.ts";
import type { KubeApi } from "../../../../src/kube/kubeApi.ts";
import type { PrometheusClient } from "../../../../src/observer/prometheus.ts";
import { trafficSplitCodec } from "../../../../src/routes/trafficSplit.ts";
import { parseRules } from "../../../../src/rules/parseRules.ts";

const NOON_MS = Date.UTC(2026, 0, 2, 12, 0, 0);
const SPAN = { fromMs: NOON_MS, untilMs: NOON_MS + 300_000, interval: 5_000, output: "table" } as const;
const KUBE = { get: async () => ({ ok: false, status: 404, reason: "NotFound", message: "" }) } as unknown as KubeApi;

const ROUTE = trafficSplitCodec.read({
  metadata: { name: "web", namespace: "shop", uid: "1", resourceVersion: "1" },
  spec: {
    service: "web",
    backends: [
      { service: "web", weight: 100 },
      { service: "east", weight: 0 },
    ],
  },
});

let dir: string;
let asked: string[];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "compare-"));
});
afterAll(() => rm(dir, { recursive: true }));

/** One minute after noon the endpoints of web vanish, for one minute. */
const prometheus = (): PrometheusClient => {
  asked = [];
  const query = async (promql: string, atMs = Number.NaN) => {
    asked.push(`${atMs} ${promql}`);
    const isAway = atMs >= NOON_MS + 60_000 && atMs < NOON_MS + 120_000;
    const ready = (backend: string, value: number) => ({ labels: { gauge: "ready", backend }, value });
    const samples = promql.includes("backend_ready") ? [ready("web", isAway ? 0 : 2), ready("east", 2)] : [];
    return { ok: true, partial: null, samples } as const;
  };
  return { query, queryAside: query, up: () => true, counts: () => ({ success: 0, partial: 0, error: 0, timeout: 0 }) };
};

function rules(file: string, failAfter: string) {
  const parsed = parseRules(`version: 1\nrules:\n  - name: default\n    signals: {readiness: {failAfter: ${failAfter}}}\n`, file);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { file, rules: parsed.rules };
}

describe("replay --compare", () => {
  it("shows where two rules files differ, and for how long", async () => {
    const { exit, page = "" } = await compareRules(KUBE, ROUTE, [rules("old.yaml", "0s"), rules("new.yaml", "30s")], SPAN, prometheus());
    expect(exit).toBe(0);
    expect(page).toBe(`TrafficSplit/shop/web from 2026-01-02T12:00:00Z to 2026-01-02T12:05:00Z, 61 ticks
- old.yaml (rule default)
+ new.yaml (rule default)

- 2026-01-02T12:01:00Z failover (readiness): web 100 → 0, east 0 → 100
+ 2026-01-02T12:01:30Z failover (readiness): web 100 → 0, east 0 → 100
  2026-01-02T12:03:00Z return (readiness): web 0 → 5, east 100 → 95
  2026-01-02T12:03:30Z return (readiness): web 5 → 25, east 95 → 75
  2026-01-02T12:04:00Z return (readiness): web 25 → 50, east 75 → 50
  2026-01-02T12:04:30Z return (readiness): web 50 → 100, east 50 → 0

- 1 failover, 4 return steps; away from the baseline for 3m30s.
+ 1 failover, 4 return steps; away from the baseline for 3m.
They differ for 30s:
  2026-01-02T12:01:00Z for 30s: web 0, east 100 or web 100, east 0
`);
  });

  it("sends each query once, though both need it", async () => {
    await compareRules(KUBE, ROUTE, [rules("old.yaml", "0s"), rules("new.yaml", "30s")], SPAN, prometheus());
    expect(asked.length).toBeGreaterThan(50);
    expect(new Set(asked).size).toBe(asked.length);
  });

  it("says so if there is no difference", async () => {
    const { page = "" } = await compareRules(KUBE, ROUTE, [rules("a", "0s"), rules("b", "0s")], SPAN, prometheus());
    expect(page).toMatch(/\nBoth would have done the same\.\n$/);
  });

  it("prints data, and writes a page that needs nothing else and trusts no name", async () => {
    const html = join(dir, "page.html");
    const sides = [rules("<old>.yaml", "0s"), rules("<b>&.yaml", "30s")] as const;
    const { page = "" } = await compareRules(KUBE, ROUTE, sides, { ...SPAN, output: "json", html }, prometheus());
    expect(JSON.parse(page)).toMatchObject({
      rules: [{ file: "<old>.yaml", shiftedSeconds: 210 }, { shiftedSeconds: 180 }],
      differentSeconds: 30,
      differences: [{ weights: ["web 0, east 100", "web 100, east 0"] }],
      decisions: [
        { same: false, decisions: [[expect.stringContaining("failover")], []] },
        { same: false },
        { same: true },
        { same: true },
        { same: true },
        { same: true },
      ],
    });
    const text = await readFile(html, "utf8");
    expect(text).toMatch(/^<!doctype html>/);
    expect(text).not.toMatch(/<old>|<b>&\.|https?:|<script|src=|href=/);
    expect(text).toContain("&lt;old&gt;.yaml");
    expect(text.match(/class="differs"/g)).toHaveLength(2);
    expect(text).toMatch(/<path d="M0,28\.0(H[\d.]+V[\d.]+)+H960"/);
    expect((await compareRules(KUBE, ROUTE, sides, { ...SPAN, html: join(dir, "no/page.html") }, prometheus())).exit).toBe(2);
  });

  it("says of which rules file the route cannot be judged", async () => {
    const parsed = parseRules("version: 1\nrules:\n  - {name: bank, match: {namespaces: [bank]}}\n", "new.yaml");
    if (!parsed.ok) throw new Error("not valid");
    const answer = await compareRules(
      KUBE,
      ROUTE,
      [rules("old.yaml", "0s"), { file: "new.yaml", rules: parsed.rules }],
      SPAN,
      prometheus(),
    );
    expect([answer.exit, answer.remarks[0]?.message]).toEqual([
      1,
      expect.stringContaining("new.yaml: TrafficSplit/shop/web cannot be judged"),
    ]);
  });
});

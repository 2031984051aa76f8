import { describe, expect, it } from "vitest";
import { suggestFor } from "../../../../src/cli/commands/replay.ts";
import type { KubeApi } from "../../../../src/kube/kubeApi.ts";
import type { PrometheusClient } from "../../../../src/observer/prometheus.ts";
import { trafficSplitCodec } from "../../../../src/routes/trafficSplit.ts";
import { parseRules } from "../../../../src/rules/parseRules.ts";

const NOON_MS = Date.UTC(2026, 0, 2, 12, 0, 0);
const HOUR_MS = 3_600_000;
const KUBE = { get: async () => ({ ok: false, status: 404, reason: "NotFound", message: "" }) } as unknown as KubeApi;
/** Many rules are tried, for seconds on a busy machine. */
const SLOW_MS = 120_000;
const PER_SECOND = 20;

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

/** In these minutes after noon 60 % of the requests to web fail. */
function prometheus(outages: readonly (readonly [fromMin: number, untilMin: number])[], perSecond = PER_SECOND): PrometheusClient {
  const query = async (promql: string, atMs = Number.NaN) => {
    const [, amount, unit] = /^sum by .*increase\(response_total\{.*\[(\d+)(ms|s)\]/.exec(promql) ?? [];
    if (amount === undefined || perSecond === 0) return { ok: true, partial: null, samples: [] } as const;
    const windowMs = Number(amount) * (unit === "s" ? 1_000 : 1);
    const overlap = ([from, until]: readonly [number, number]) =>
      Math.max(0, Math.min(atMs, NOON_MS + until * 60_000) - Math.max(atMs - windowMs, NOON_MS + from * 60_000)) / 1_000;
    const failures = outages.reduce((sum, own) => sum + 0.6 * perSecond * overlap(own), 0);
    const labels = { authority: "web.shop.svc.cluster.local", dst_service: "web", dst_namespace: "shop" };
    const total = (windowMs / 1_000) * perSecond;
    const samples = [
      { labels: { ...labels, classification: "success" }, value: total - failures },
      { labels: { ...labels, classification: "failure" }, value: failures },
    ];
    return { ok: true, partial: null, samples } as const;
  };
  return { query, queryAside: query, up: () => true, counts: () => ({ success: 0, partial: 0, error: 0, timeout: 0 }) };
}

function rules(successRate: string) {
  const parsed = parseRules(`version: 1\nrules:\n  - name: web\n    signals: {successRate: ${successRate}}\n`, "rules.yaml");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.rules;
}

const SLEEPY = "{failBelow: 80%, window: 2m, failAfter: 10m}";
const span = (hours: number, interval = 5_000) =>
  ({ fromMs: NOON_MS, untilMs: NOON_MS + hours * HOUR_MS, interval, output: "table" }) as const;

describe("replay --suggest", { timeout: SLOW_MS }, () => {
  it("suggests a rule that catches the outage that the present one would have missed, as YAML that is valid", async () => {
    const { exit, page = "", remarks } = await suggestFor(KUBE, ROUTE, rules(SLEEPY), span(1), prometheus([[20, 22]]));
    expect([exit, remarks]).toEqual([0, []]);
    expect(page).toMatch(
      /^TrafficSplit\/shop\/web from 2026-01-02T12:00:00Z to 2026-01-02T13:00:00Z; rules were tried on the \d+m\d*s? with the most failures\n/,
    );
    expect(page).toMatch(/\n {2}2026-01-02T12:20:\d\dZ for 2m\d*s?: down to 40 % good\n/);
    expect(page).toMatch(/\nnow: {7}failBelow 80%, .*: catches 0 of 1 outage; never moves traffic without an outage\n/);
    expect(page).toMatch(/\nsuggested: .*: catches 1 of 1 outage, \d+s after they could be seen; never moves traffic without an outage\n/);
    expect(page).toContain("One outage is little to learn from");
    const yaml = page.slice(page.indexOf("version: 1"));
    const parsed = parseRules(yaml, "suggested.yaml");
    expect(parsed.ok ? parsed.rules.rules.map(({ name }) => name) : parsed.problems).toEqual(["web"]);
  });

  it("reads a long past in steps, and evaluates only its worst moments closely", async () => {
    const { exit, page = "" } = await suggestFor(
      KUBE,
      ROUTE,
      rules(SLEEPY),
      { ...span(72, 60_000), output: "json" },
      prometheus([[3_000, 3_004]]),
    );
    expect(exit).toBe(0);
    const { outages, now, suggested, rules: yaml } = JSON.parse(page);
    expect(outages).toHaveLength(1);
    expect(Date.parse(outages[0].from)).toBeGreaterThanOrEqual(NOON_MS + 3_000 * 60_000);
    expect([now.caught, suggested.caught, suggested.falseMoves]).toEqual([0, 1, 0]);
    expect(parseRules(yaml, "suggested.yaml").ok).toBe(true);
  });

  it("says that nothing tells how soon an outage is caught where there was none, and keeps the rule", async () => {
    const { exit, page = "" } = await suggestFor(KUBE, ROUTE, rules("{}"), span(1), prometheus([]));
    expect(exit).toBe(0);
    expect(page).toContain("No outage can be seen in it, so nothing tells how soon one would be caught.");
    expect(page).toContain("None of the 144 rules that were tried is better.");
    expect(page).not.toContain("version: 1");
  });

  it.each([
    ["a short past", span(0.5), PER_SECOND, "its past is too short to suggest anything: at least 1h is needed"],
    ["a past without requests", span(1), 0, "in its past no window has enough requests to tell anything"],
  ])("refuses %s", async (_, asked, perSecond, why) => {
    const { exit, remarks } = await suggestFor(KUBE, ROUTE, rules("{}"), asked, prometheus([], perSecond));
    expect([exit, remarks[0]?.message]).toEqual([1, expect.stringContaining(why)]);
  });
});

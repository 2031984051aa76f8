import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readMoment, replaySpan } from "../../../src/cli/commands/replay/replaySpan.ts";
import { replayRoute } from "../../../src/cli/commands/replay.ts";
import type { KubeApi, KubeObject } from "../../../src/kube/kubeApi.ts";
import type { PrometheusClient } from "../../../src/observer/prometheus.ts";
import type { QueryAnswer } from "../../../src/observer/queryAnswer.ts";
import { trafficSplitCodec } from "../../../src/routes/trafficSplit.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { parseRules } from "../../../src/rules/parseRules.ts";
import type { RuleSet } from "../../../src/rules/ruleSet.ts";

const MAIN = join(import.meta.dirname, "../../../src/main.ts");
const SPAWN_TIME_LIMIT_MS = 30_000;
const NOON_MS = Date.UTC(2026, 0, 2, 12, 0, 0);
const SPAN = { fromMs: NOON_MS, untilMs: NOON_MS + 120_000, interval: 5_000, output: "table" } as const;

interface Asked {
  readonly promql: string;
  readonly atMs: number;
}

function prometheus(answer: (asked: Asked) => QueryAnswer): { readonly client: PrometheusClient; readonly asked: Asked[] } {
  const asked: Asked[] = [];
  const query = async (promql: string, atMs = Number.NaN): Promise<QueryAnswer> => {
    asked.push({ promql, atMs });
    return answer({ promql, atMs });
  };
  return { client: { query, queryAside: query, up: () => true, counts: () => ({ success: 0, partial: 0, error: 0, timeout: 0 }) }, asked };
}

/** A cluster in which these Services can be read. */
function cluster(...services: readonly KubeObject[]): KubeApi {
  const get = async (path: string) => {
    const found = services.find(({ metadata }) => path.endsWith(`/services/${metadata?.name}`));
    return found === undefined ? { ok: false, status: 404, reason: "NotFound", message: "" } : { ok: true, value: found };
  };
  return { get } as unknown as KubeApi;
}

const read = (...names: readonly string[]) =>
  trafficSplitCodec.read({
    metadata: { name: "web", namespace: "shop", uid: "1", resourceVersion: "1" },
    spec: { service: "web", backends: names.map((service, i) => ({ service, weight: i === 0 ? 100 : 0 })) },
  });

function rules(yaml: string): RuleSet {
  const parsed = parseRules(yaml, "test");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.rules;
}

const NOTHING = prometheus(() => ({ ok: true, partial: null, samples: [] })).client;

describe("what cannot be replayed", () => {
  it.each([
    ["a rule without metrics", read("web", "east"), "version: 1\nrules:\n  - name: a\n    signals: {readiness: {}}\n", "no signal"],
    ["a route with one backend", read("web"), null, "two Services are needed to fail over"],
    [
      "a route without a rule",
      read("web", "east"),
      "version: 1\nrules:\n  - name: a\n    match: {namespaces: [bank]}\n",
      "No rule applies",
    ],
  ])("%s", async (_, route, yaml, why) => {
    const answer = await replayRoute(cluster(), route, yaml === null ? DEFAULT_RULES : rules(yaml), SPAN, NOTHING);
    expect(answer).toEqual({ exit: 1, remarks: [{ message: expect.stringContaining(why) }] });
  });

  it("stops after a few ticks if Prometheus does not answer", async () => {
    const { client, asked } = prometheus(() => ({ ok: false, outcome: "error", why: "connection refused" }));
    const { exit, remarks } = await replayRoute(cluster(), read("web", "east"), DEFAULT_RULES, SPAN, client);
    expect([exit, remarks[0]?.message]).toEqual([3, "Prometheus does not answer: connection refused"]);
    expect(asked.length).toBeLessThan(60);
  });

  it.each([
    [["--prometheus-url", "http://localhost:1", "--from", "5m", "--until", "10m"], "--from is not before --until"],
    [["--prometheus-url", "http://localhost:1", "--until", "2999-01-01T00:00:00Z"], "--until is in the future"],
    [["--prometheus-url", "http://localhost:1", "--from", "3d", "--interval", "5s"], "these are more than 17280 ticks"],
    [["--prometheus-url", "http://localhost:1", "--from", "yesterday"], "It must be a duration such as 6h or 7d, or a time"],
    [["--prometheus-url", "http://localhost:1", "--interval", "10ms"], "It must be at least 1s"],
  ])(
    "%j is wrong usage",
    async (args, why) => {
      const { code, err } = await new Promise<{ code: unknown; err: string }>((resolve) =>
        execFile(process.execPath, [MAIN, "replay", "ts/web", ...args], { timeout: SPAWN_TIME_LIMIT_MS }, (error, _, err) =>
          resolve({ code: error?.code, err }),
        ),
      );
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(why) });
    },
    SPAWN_TIME_LIMIT_MS,
  );
});

it("takes days, and its ticks are further apart the longer it is", () => {
  const day = 86_400_000;
  const of = (from: string, interval?: number) =>
    replaySpan({ from: readMoment(from), until: { agoMs: 0 }, ...(interval !== undefined && { interval }) }, NOON_MS);
  expect(of("7d")).toEqual({ fromMs: NOON_MS - 7 * day, untilMs: NOON_MS, interval: 35_000 });
  expect(of("1d12h")).toEqual({ fromMs: NOON_MS - 1.5 * day, untilMs: NOON_MS, interval: 8_000 });
  expect(of("24h")).toMatchObject({ interval: 5_000 });
  expect(of("1h", 2_000)).toMatchObject({ interval: 2_000 });
  expect(of("7d", 5_000)).toHaveProperty("message");
});

it("is warmed up at the first tick, and queries each moment as of that moment", async () => {
  const { client, asked } = prometheus(() => ({ ok: true, partial: null, samples: [] }));
  const { page } = await replayRoute(cluster(), read("web", "east"), DEFAULT_RULES, SPAN, client);
  const times = [...new Set(asked.map(({ atMs }) => atMs))].sort((a, b) => a - b);
  expect([times[0], times.at(-1)]).toEqual([NOON_MS - 35_000, NOON_MS + 120_000]);
  expect(page).toContain("from 2026-01-02T12:00:00Z to 2026-01-02T12:02:00Z, 25 ticks, one every 5s");
  expect(page).not.toContain("warmUp");
});

it("counts the ticks without all answers", async () => {
  const away = ({ atMs }: Asked): boolean => atMs > NOON_MS && atMs <= NOON_MS + 15_000;
  const { client } = prometheus((asked) =>
    away(asked) ? { ok: false, outcome: "timeout", why: "late" } : { ok: true, partial: null, samples: [] },
  );
  const { exit, remarks } = await replayRoute(cluster(), read("web", "east"), DEFAULT_RULES, SPAN, client);
  expect([exit, remarks]).toEqual([0, [{ message: "in 3 of 25 ticks not every query was answered: late" }]]);
});

it("sees the gateway of a linked cluster die, and runs an operator's own query for its mirror", async () => {
  const labels = { "mirror.linkerd.io/mirrored-service": "true", "mirror.linkerd.io/cluster-name": "east" };
  const mirror: KubeObject = { metadata: { name: "web-east", namespace: "shop", labels } };
  const own = "signals: {gateway: {}, queries: [{name: lag, query: 'lag{cluster=\"{{cluster}}\"}', failAbove: 10, recoverBelow: 5}]}";
  const { client, asked } = prometheus(({ promql, atMs }) => {
    if (!promql.includes("gateway_alive")) return { ok: true, partial: null, samples: [] };
    const sample = (gauge: string, value: number) => ({ labels: { gauge, target_cluster_name: "east" }, value });
    return { ok: true, partial: null, samples: [sample("alive", atMs < NOON_MS + 60_000 ? 1 : 0), sample("enabled", 1)] };
  });
  const weighed = read("web-east", "web");
  const yaml = `version: 1\nrules:\n  - name: a\n    ${own}\n`;
  const { page = "" } = await replayRoute(cluster(mirror), weighed, rules(yaml), SPAN, client);
  expect(page).toMatch(/^2026-01-02T12:01:05Z failover \(gateway\): web-east 100 → 0, web 0 → 100$/m);
  expect(asked.some(({ promql }) => promql === 'lag{cluster="east"}')).toBe(true);
});

it("shows what happened before --from, and how long the route was away after it", async () => {
  const labels = { "mirror.linkerd.io/mirrored-service": "true", "mirror.linkerd.io/cluster-name": "east" };
  const mirror: KubeObject = { metadata: { name: "web-east", namespace: "shop", labels } };
  const gauge = (name: string, value: number) => ({ labels: { gauge: name, target_cluster_name: "east" }, value });
  const { client } = prometheus(({ promql }) => ({
    ok: true,
    partial: null,
    samples: promql.includes("gateway_alive") ? [gauge("alive", 0), gauge("enabled", 1)] : [],
  }));
  const { page = "" } = await replayRoute(cluster(mirror), read("web-east", "web"), DEFAULT_RULES, SPAN, client);
  expect(page).toMatch(/^2026-01-02T11:59:30Z failover \(gateway\): web-east 100 → 0, web 0 → 100$/m);
  expect(page).toMatch(/\n1 failover, 0 return steps; away from the baseline for 2m\.\n$/);
});

it("queries nothing if the only signal is the gateway and no backend is behind one", async () => {
  const yaml = "version: 1\nrules:\n  - name: a\n    signals: {gateway: {}}\n";
  const { exit, remarks } = await replayRoute(cluster(), read("web", "east"), rules(yaml), SPAN, NOTHING);
  expect([exit, remarks[0]?.message]).toEqual([1, expect.stringContaining("none of its backends is behind a gateway")]);
});

it("reports that an operator's own query is not answered", async () => {
  const yaml = "version: 1\nrules:\n  - name: a\n    signals: {queries: [{name: lag, query: 'lag', failAbove: 10, recoverBelow: 5}]}\n";
  const { client } = prometheus(() => ({ ok: false, outcome: "error", why: "connection refused" }));
  expect((await replayRoute(cluster(), read("web", "east"), rules(yaml), SPAN, client)).exit).toBe(3);
});

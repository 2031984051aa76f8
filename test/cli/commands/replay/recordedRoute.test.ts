import { describe, expect, it } from "vitest";
import { NOTHING_RECORDED, readRecorded, recordedQuery } from "../../../../src/cli/commands/replay/recordedRoute.ts";
import { replayRoute } from "../../../../src/cli/commands/replay.ts";
import type { KubeApi } from "../../../../src/kube/kubeApi.ts";
import type { Sample } from "../../../../src/linkerd/counts.ts";
import type { PrometheusClient } from "../../../../src/observer/prometheus.ts";
import { CODECS } from "../../../../src/routes/codecs.ts";
import { DEFAULT_RULES } from "../../../../src/rules/defaultRules.ts";
import { parsePromql } from "../../../../src/rules/parsePromql.ts";
import { parseRules } from "../../../../src/rules/parseRules.ts";

const NOON_MS = Date.UTC(2026, 0, 2, 12, 0, 0);

const ROUTE = CODECS.find(({ kind }) => kind === "HTTPRoute")?.read({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "web", namespace: "shop", uid: "1", resourceVersion: "1" },
  spec: {
    parentRefs: [{ group: "", kind: "Service", name: "web", port: 80 }],
    rules: [
      {
        backendRefs: [
          { name: "web", port: 80, weight: 100 },
          { name: "east", port: 80, weight: 0 },
        ],
      },
    ],
  },
});
if (ROUTE === undefined) throw new Error("no codec");
const route = ROUTE;

const own = (gauge: string, backend: string, value: number, replica = "a"): Sample => ({
  labels: {
    gauge,
    kind: "HTTPRoute",
    namespace: "shop",
    route: "web",
    backend,
    instance: replica,
    ...(gauge !== "ready" && { split: "0" }),
  },
  value,
});
const leads = (replica: string): Sample => ({ labels: { gauge: "leader", instance: replica }, value: 1 });
const address = (endpoint: string, ready: boolean, value: number): Sample => ({
  labels: { gauge: "address", namespace: "shop", endpoint, ready: String(ready) },
  value,
});

describe("what is recorded of a route", () => {
  it("is asked in PromQL", () => {
    expect(parsePromql(recordedQuery(route))).not.toBeTypeOf("number");
    expect(recordedQuery(route)).toContain('endpoint=~"web|east"');
  });

  it("is where the traffic went, the baseline and the ready endpoints", () => {
    const samples = [
      own("weight", "web", 5),
      own("weight", "east", 95),
      own("baseline", "web", 100),
      own("baseline", "east", 0),
      own("ready", "web", 0),
    ];
    const { sent, baseline, endpoints } = readRecorded(samples, route);
    expect(sent).toEqual(
      new Map([
        ["web", 0.05],
        ["east", 0.95],
      ]),
    );
    expect(baseline.get("0")).toEqual(
      new Map([
        ["web", 100],
        ["east", 0],
      ]),
    );
    expect(endpoints).toEqual(new Map([["shop/web", { state: "counted", ready: 0, notReady: 0 }]]));
  });

  it("comes from the leader, and never from two replicas at once", () => {
    const both = [
      own("weight", "web", 100, "a"),
      own("weight", "east", 0, "a"),
      own("weight", "web", 0, "b"),
      own("weight", "east", 100, "b"),
    ];
    expect(readRecorded([...both, leads("b")], route).sent?.get("east")).toBe(1);
    expect(readRecorded(both, route).sent?.get("east")).toBe(0);
  });

  it("is unknown where a backend's weight is missing", () => {
    expect(readRecorded([own("weight", "web", 100)], route).sent).toBeNull();
    expect(readRecorded([], route)).toEqual(NOTHING_RECORDED);
  });

  it("takes endpoints of kube-state-metrics first, which knows those that are not ready", () => {
    const samples = [
      own("ready", "web", 2),
      address("web", true, 1),
      address("web", false, 3),
      address("other", true, 9),
      own("ready", "east", 4),
    ];
    expect(readRecorded(samples, route).endpoints).toEqual(
      new Map([
        ["shop/web", { state: "counted", ready: 1, notReady: 3 }],
        ["shop/east", { state: "counted", ready: 4, notReady: 0 }],
      ]),
    );
  });
});

describe("a replay of a past in which the controller moved traffic", () => {
  const kube = { get: async () => ({ ok: false, status: 404, reason: "NotFound", message: "" }) } as unknown as KubeApi;
  const prometheus = (answer: (promql: string, atMs: number) => readonly Sample[]): PrometheusClient => {
    const query = async (promql: string, atMs = Number.NaN) => ({ ok: true, partial: null, samples: answer(promql, atMs) }) as const;
    return { query, queryAside: query, up: () => true, counts: () => ({ success: 0, partial: 0, error: 0, timeout: 0 }) };
  };
  const span = { fromMs: NOON_MS, untilMs: NOON_MS + 300_000, interval: 5_000, output: "table" } as const;
  /** One minute after noon its endpoints vanish, for two minutes. */
  const isAway = (atMs: number) => atMs >= NOON_MS + 60_000 && atMs < NOON_MS + 180_000;

  it("judges by the ready endpoints of that time", async () => {
    const client = prometheus((promql, atMs) =>
      promql.includes("backend_ready") ? [own("ready", "web", isAway(atMs) ? 0 : 2), own("ready", "east", 2)] : [],
    );
    for (const rules of [DEFAULT_RULES, parsed("signals: {readiness: {}}")]) {
      const { exit, page = "" } = await replayRoute(kube, route, rules, span, client);
      expect(exit).toBe(0);
      expect(page).toMatch(/^2026-01-02T12:01:00Z failover \(readiness\): web 100 → 0, east 0 → 100$/m);
      expect(page).toMatch(/^2026-01-02T12:04:00Z return \(readiness\): web 0 → 5, east 100 → 95$/m);
    }
  });

  it("does not take the moves of that time for the owner's wish", async () => {
    // The controller moved all to east for a minute: all requests of that time are found there.
    const moved = (atMs: number) => atMs >= NOON_MS + 60_000 && atMs < NOON_MS + 120_000;
    const client = prometheus((promql, atMs) =>
      promql.includes("backend_weight")
        ? [
            own("weight", "web", moved(atMs) ? 0 : 100),
            own("weight", "east", moved(atMs) ? 100 : 0),
            own("baseline", "web", 100),
            own("baseline", "east", 0),
          ]
        : [],
    );
    const { page = "" } = await replayRoute(kube, route, DEFAULT_RULES, span, client);
    expect(page).toMatch(/\nNo traffic would have moved\.\n$/);
  });

  it("begins with the baseline of that time, and takes over the owner's change of it", async () => {
    const client = prometheus((promql, atMs) => {
      const web = atMs < NOON_MS + 120_000 ? 80 : 50;
      const weights = ["weight", "baseline"].flatMap((gauge) => [own(gauge, "web", web), own(gauge, "east", 100 - web)]);
      return promql.includes("backend_weight") ? [...weights, own("ready", "web", isAway(atMs) ? 0 : 2), own("ready", "east", 2)] : [];
    });
    const { page = "" } = await replayRoute(kube, route, DEFAULT_RULES, span, client);
    expect(page).toMatch(/^2026-01-02T12:01:00Z failover \(readiness\): web 80 → 0, east 20 → 100$/m);
    expect(page).toMatch(/^2026-01-02T12:02:00Z failover \(readiness\): web 50 → 0, east 50 → 100$/m);
  });

  function parsed(keys: string) {
    const rules = parseRules(`version: 1\nrules:\n  - name: own\n    ${keys}\n`, "rules.yaml");
    if (!rules.ok) throw new Error("not valid");
    return rules.rules;
  }
});

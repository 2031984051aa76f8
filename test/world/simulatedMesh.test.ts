import { describe, expect, it } from "vitest";
import type { CounterQuery } from "../../src/linkerd/increase.ts";
import { backendQuery, leafQuery, routeQuery } from "../../src/linkerd/queries.ts";
import { createApiDouble } from "./apiDouble.ts";
import { Dice } from "./dice.ts";
import { expectedFailures } from "./expectedFailures.ts";
import { LiveRoutes } from "./liveRoutes.ts";
import { Owner } from "./owner.ts";
import { ReadinessRecord } from "./readinessRecord.ts";
import { keyOf, type SceneRoute } from "./sceneRoute.ts";
import { SimulatedMesh } from "./simulatedMesh.ts";
import { SimulatedPrometheus } from "./simulatedPrometheus.ts";

const RATE = 100;
const WINDOW_MS = 30_000;

/** A mesh with one HTTPRoute, and a Prometheus that scrapes it every 5 s. */
function furnished(weights: readonly [number, number]) {
  let nowMs = 1_000_000;
  const now = () => nowMs;
  const double = createApiDouble({ seed: 1, now });
  const routes = new LiveRoutes(double);
  const readiness = new ReadinessRecord(double, now);
  const mesh = new SimulatedMesh({ routes, readiness, random: new Dice(1, "traffic").random, now });
  const prometheus = new SimulatedPrometheus(mesh, new Dice(1, "prometheus").random, now, 600_000);
  const backends = ["web", "web-east"].map((service, i) => ({ service, weight: weights[i] ?? 0 }));
  const route: SceneRoute = { kind: "HTTPRoute", namespace: "shop", name: "web", splits: [{ name: "0", backends }], rate: RATE };
  new Owner(double, 1).create(route, true);
  mesh.traffic.set(keyOf(route), { rate: RATE, batches: null });
  const pass = (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      nowMs += 1_000;
      mesh.passSecond(nowMs);
      if (nowMs % 5_000 === 0) prometheus.scrape(nowMs);
    }
  };
  const ask = async (query: string | CounterQuery) => {
    const promql = typeof query === "string" ? query : query.promql;
    const { data } = JSON.parse((await prometheus.answer(promql)).body) as { readonly data: { readonly result: readonly Element[] } };
    return data.result.map(({ metric, value }) => ({ ...metric, value: Number(value[1]) }));
  };
  return { mesh, prometheus, pass, ask };
}

interface Element {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

const SCOPE = { namespaces: ["shop"], windowMs: WINDOW_MS, clock: "lost" } as const;

describe("the simulated mesh", () => {
  it("spills from dead pods on trial weight as real proxies do: users lose nothing, and the dead backend counts nothing", async () => {
    const { mesh, pass, ask } = furnished([25, 75]);
    mesh.behave("shop/web", { good: 1, unreachable: true });
    pass(60);
    expect(await ask(routeQuery("http", SCOPE))).toMatchObject([{ http_status: "200", error: "" }]);
    expect(await ask(backendQuery("http", SCOPE))).toMatchObject([{ backend_name: "web-east", http_status: "200" }]);
  });

  it("loses everything where all weight is on dead pods", async () => {
    const { mesh, pass, ask } = furnished([100, 0]);
    mesh.behave("shop/web", { good: 1, unreachable: true });
    pass(60);
    const [lost, ...others] = await ask(routeQuery("http", SCOPE));
    expect(lost).toMatchObject({ error: "LOAD_SHED" });
    expect(lost?.value).toBeCloseTo(RATE * 30, -2);
    expect(others).toEqual([]);
    expect(expectedFailures(mesh, "shop", RATE, new Map([["web", 1]]), () => 0).failures).toBe(RATE);
  });

  it("fails what is beyond a backend's capacity", async () => {
    const { mesh, pass } = furnished([100, 0]);
    mesh.behave("shop/web", { good: 1, unreachable: false, capacity: 60 });
    pass(10);
    expect(mesh.goodAt("shop/web", RATE)).toBeCloseTo(0.6);
    const shares = new Map([
      ["web", 0.5],
      ["web-east", 0.5],
    ]);
    expect(expectedFailures(mesh, "shop", RATE, shares, () => 0).failures).toBeCloseTo(0);
  });

  it("is counted once, also if its pods get other labels or a second job scrapes them", async () => {
    const { prometheus, pass, ask } = furnished([100, 0]);
    const count = async () => (await ask(leafQuery(SCOPE))).map(({ value }) => value);
    pass(60);
    const [before = 0] = await count();
    expect(before).toBeCloseTo(RATE * 30, -2);
    prometheus.targets = [
      { job: "first", revision: 1, cluster: null },
      { job: "second", revision: 1, cluster: null },
    ];
    pass(60);
    const [after = 0, ...others] = await count();
    expect(after).toBeCloseTo(before, -2);
    expect(others).toEqual([]);
  });

  it("has another cluster's series in the same Prometheus, which a selector leaves out", async () => {
    const { mesh, prometheus, pass, ask } = furnished([100, 0]);
    prometheus.targets = [{ job: "proxies", revision: 0, cluster: "here" }];
    mesh.foreign.set("HTTPRoute/shop/web", { rate: 3 * RATE, good: 0 });
    pass(60);
    const selected = leafQuery(SCOPE).promql.replaceAll("{direction", '{cluster="here",direction');
    expect(await ask(leafQuery(SCOPE))).toHaveLength(2);
    expect(await ask(selected)).toMatchObject([{ classification: "success" }]);
  });
});

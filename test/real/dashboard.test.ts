import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "./controllerWorld.ts";
import { type DashboardQuery, dashboardQueries, dashboardVariables } from "./dashboardQueries.ts";
import { DashboardScene } from "./dashboardScene.ts";
import { realTools } from "./harness/realTools.ts";

const ALERTS = join(import.meta.dirname, "../../dashboards/alerts.yaml");
/** Variables as Grafana fills them if all routes of one namespace are selected and Prometheus scrapes every second. */
const CHOSEN = { cluster: ".*", job: ".*", namespace: "shop", route: ".*", top: "20", __rate_interval: "15s", __range: "5m" };
/** The only route with load on an unfit backend has no requests, so it has no success rate. */
const EMPTY_HERE = ["Users failing now D"];
/** Time range of the dashboard. */
const SHOWN_S = 60;
/** After the last write: a tick, scrapes, and an evaluation of the alert rules. */
const SETTLE = { timeout: 60_000, interval: 500 };

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** The newest number; NaN if there is none. */
  readonly last: number;
}
interface QueryResult {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly value?: readonly [number, string];
    readonly values?: readonly (readonly [number, string])[];
  }[];
}
interface RuleGroups {
  readonly groups: readonly {
    readonly rules: readonly { readonly name: string; readonly health: string; readonly lastError?: string }[];
  }[];
}
interface Alerts {
  readonly alerts: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly state: string;
  }[];
}

const tools = realTools("kube-apiserver", "etcd", "prometheus");

describe.skipIf(tools.absent)(`${tools.title("dashboard and alerts, after a failover on real servers")}`, () => {
  let scene: DashboardScene;
  const ask = async <T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> => {
    const answer = await fetch(`${scene.prometheusUrl}${path}?${new URLSearchParams(parameters).toString()}`);
    const body = (await answer.json()) as { readonly status: string; readonly error?: string; readonly data: T };
    if (body.status !== "success") throw new Error(`${JSON.stringify(parameters)}: ${body.error}`);
    return body.data;
  };
  const run = async ({ expr, instant }: DashboardQuery): Promise<readonly Series[]> => {
    const nowS = Date.now() / 1_000;
    const { result } = instant
      ? await ask<QueryResult>("/api/v1/query", { query: expr })
      : await ask<QueryResult>("/api/v1/query_range", { query: expr, start: `${nowS - SHOWN_S}`, end: `${nowS}`, step: "1" });
    return result.map(({ metric, value, values = value === undefined ? [] : [value] }) => ({
      labels: metric,
      last: values.map(([, text]) => Number(text)).findLast(Number.isFinite) ?? Number.NaN,
    }));
  };
  /** The last values of a panel, by these labels. */
  const shown = async (name: string, ...labels: readonly string[]): Promise<readonly string[]> => {
    const query = dashboardQueries(CHOSEN).find((one) => one.name === name);
    if (query === undefined) throw new Error(`there is no panel ${name}`);
    const series = await run(query);
    return series.map(({ labels: own, last }) => [...labels.map((label) => own[label] ?? "-"), last].join(" ")).sort();
  };

  beforeAll(async () => {
    scene = await DashboardScene.play([ALERTS]);
    // The last values must have been scraped.
    await until(
      "the failovers to be scraped",
      () => shown("Shifted"),
      ([count]) => count === "2",
    );
  });
  afterAll(() => scene?.stop());

  it("understands the query of what may be empty here", async () => {
    const queries = dashboardQueries(CHOSEN).filter(({ name }) => EMPTY_HERE.includes(name));
    expect((await Promise.all(queries.map(run))).length).toBe(EMPTY_HERE.length);
  });

  it.each(dashboardQueries(CHOSEN).filter(({ name }) => !EMPTY_HERE.includes(name)))("has data for $name", async (query) => {
    await expect.poll(async () => (await run(query)).filter(({ last }) => Number.isFinite(last)).length, SETTLE).toBeGreaterThan(0);
  });

  it("offers the existing namespaces and routes", async () => {
    const values = async (name: string) => {
      const { match, label } = dashboardVariables(CHOSEN).get(name) ?? { match: "", label: "" };
      return ask<readonly string[]>(`/api/v1/label/${label}/values`, { "match[]": match });
    };
    expect(await values("namespace")).toEqual(["shop"]);
    expect(await values("route")).toEqual(["far", "fought", "none", "odd", "web"]);
  });

  it.each([
    ["Leaders", [], ["1"]],
    ["Managed routes", [], ["5"]],
    ["Nothing fit", [], ["1"]],
    ["Users failing", [], ["1"]],
    ["Users failing now A", ["route"], ["none 0"]],
    ["Frozen or pinned", [], ["0"]],
    ["Why", ["route", "direction", "cause"], ["fought failover readiness 2", "web failover successRate 1"]],
    ["Shifted now A", ["backend"], ["fought 0", "fought-east 100", "web 0", "web-east 100"]],
    ["Problems", ["route", "problem"], ["odd unknown-primary 2"]],
    ["Routes by kind B", ["namespace"], ["shop 1"]],
  ])("shows each value once, however many replicas export it: %s", async (name, labels, expected) => {
    // A replica that was scraped a moment earlier may not show the last write yet.
    await expect.poll(() => shown(name, ...labels), SETTLE).toEqual(expected);
  });

  it("evaluates every alert, and fires once for each cause", async () => {
    const firing = async () => {
      const { alerts } = await ask<Alerts>("/api/v1/alerts");
      return (
        alerts
          .map(({ labels, state }) => `${labels["alertname"]?.replace("LinkerdFailover", "")} ${labels["route"] ?? "-"} ${state}`)
          // Pending for a minute, which may be over by now.
          .map((text) => text.replace("NothingFit none firing", "NothingFit none pending"))
          .sort()
      );
    };
    await expect
      .poll(firing, SETTLE)
      .toEqual([
        "NothingFit none pending",
        "RouteProblem odd pending",
        "RoutesLeftOut - pending",
        "ShiftedLong fought pending",
        "ShiftedLong web pending",
        "TrafficShifted fought firing",
        "TrafficShifted web firing",
      ]);
    const { groups } = await ask<RuleGroups>("/api/v1/rules");
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
    expect(rules).toHaveLength(17);
  });

  it("names the route in an alert's summary", async () => {
    const { alerts } = await ask<Alerts>("/api/v1/alerts");
    const summaries = alerts
      .filter(({ labels }) => labels["alertname"] === "LinkerdFailoverTrafficShifted")
      .map(({ annotations }) => annotations["summary"]);
    expect(new Set(summaries)).toEqual(new Set(["fought", "web"].map((route) => `Traffic of TrafficSplit shop/${route} is shifted`)));
  });
});

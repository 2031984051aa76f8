import { afterAll, describe, expect, it } from "vitest";
import { needsOf } from "../../src/cli/commands/check/wantedFamilies.ts";
import type { Decision } from "../../src/evaluator/model/decision.ts";
import { initialState } from "../../src/evaluator/model/state.ts";
import { step } from "../../src/evaluator/step.ts";
import { findLosses } from "../../src/observer/findLosses.ts";
import { createPrometheusClient } from "../../src/observer/prometheus.ts";
import type { Route } from "../../src/routes/route.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import { questionsOf } from "../../src/rules/questions.ts";
import { trafficSplit } from "../cli/commands/check/fakeCluster.ts";
import { codecOf, httpRoute, rule } from "../routes/gatewayObjects.ts";
import { askAt } from "./askAt.ts";
import { realTools } from "./harness/realTools.ts";
import { openServerGroup, type ServerGroup } from "./harness/serverProcess.ts";
import { apex, byRoute, type Counter, leaf, proxy, scrapes, TARGET, without } from "./lossScenes.ts";
import { startOnSeries } from "./recordedPrometheus.ts";

/** The queries about losses ask for now, so the scrapes end now. */
const END_MS = Math.floor(Date.now() / 1_000) * 1_000;
const INTERVAL_MS = 5_000;
const TICKS = 24;
const tools = realTools("prometheus", "promtool");

function rulesOf(signals: string) {
  const parsed = parseRules(`version: 1\nrules:\n- name: own\n  signals: ${signals}\n`, "f");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.rules;
}

const SUCCESS = rulesOf("{readiness: {}, successRate: {}}");
const LATENCY = rulesOf("{readiness: {}, successRate: {}, latency: {under: 500ms, failBelow: 90%, recoverAbove: 95%, window: 1m}}");
const UNANSWERED = rulesOf("{readiness: {}, unanswered: {failAbove: 50%, recoverBelow: 20%, window: 1m}}");

const split = (namespace: string): Route => codecOf("TrafficSplit").read(trafficSplit("web", { namespace }));
const https = (namespace: string): Route => {
  const object = httpRoute([rule(["web", 100], ["web-east", 0])]);
  return codecOf("HTTPRoute").read({ ...object, metadata: { name: "web", namespace, uid: "u1", resourceVersion: "7" } });
};

interface Scene {
  readonly counters: readonly Counter[];
  readonly routes: readonly Route[];
  readonly rules?: typeof SUCCESS;
  /** The Services that stand for one of another cluster. */
  readonly elsewhere?: readonly string[];
}

const TEN = Array.from({ length: 10 }, (_, i) => `n${i}`);
const buckets = (untilS: number): readonly Counter[] =>
  ["500", "1000", "+Inf"].map((le) => ({
    ...leaf("shop", 10, { le }),
    family: "response_latency_ms_bucket",
    ...(le === "500" ? { untilS } : {}),
  }));
const begun: Counter = { ...leaf("shop", 10), family: "request_total" };
const HEALTHY = [...proxy(), leaf("shop", 10), apex("shop", 10)];
/** Of two clusters in one store, the other one's Service of the same name fails all requests. */
const other = { cluster: "east", instance: "10.9.0.1:4191", pod: "other" };
const inCluster = (cluster: string, counters: readonly Counter[]) =>
  counters.map((counter) => ({ ...counter, labels: { ...counter.labels, cluster } }));

const SCENES = {
  "response_total is dropped, route families stay": {
    counters: [...proxy(), ...TEN.flatMap((namespace) => [apex(namespace, 10), byRoute(namespace, 10)])],
    routes: TEN.flatMap((namespace) => [split(namespace), https(namespace)]),
  },
  "all labels of destinations are dropped, and all requests fail": {
    counters: without(
      ["dst_service", "dst_namespace"],
      [
        ...proxy(),
        leaf("shop", 0),
        apex("shop", 0),
        { ...leaf("shop", 10, { classification: "failure" }), fromS: 90 },
        { ...apex("shop", 10, { classification: "failure" }), fromS: 90 },
      ],
    ),
    routes: [split("shop")],
  },
  "a bucket was never kept": { counters: [...HEALTHY, ...buckets(301)], routes: [split("shop")], rules: LATENCY },
  "a bucket is dropped by some proxies' job": {
    counters: [
      ...HEALTHY,
      ...buckets(0),
      ...proxy({ ...TARGET, instance: "10.0.0.2:4191", pod: "second" }),
      ...buckets(301).map((bucket) => ({ ...bucket, perS: 40, labels: { ...bucket.labels, instance: "10.0.0.2:4191", pod: "second" } })),
    ],
    routes: [split("shop")],
    rules: LATENCY,
  },
  "response_total is dropped, and requests are counted when they start": {
    counters: [...proxy(), begun],
    routes: [split("shop")],
    rules: UNANSWERED,
  },
  "classification is dropped": { counters: without(["classification"], HEALTHY), routes: [split("shop")] },
  "authority is dropped": { counters: without(["authority"], HEALTHY), routes: [split("shop")] },
  "authority is dropped, and the standby mirrors a Service of the primary's name, which fails for others": {
    counters: without(["authority"], [...HEALTHY, leaf("shop", 5, { classification: "failure", target_addr: "10.8.0.1:80" })]),
    routes: [split("shop")],
    elsewhere: ["shop/web-east"],
  },
  "two clusters are in one store": {
    counters: [
      ...inCluster("west", HEALTHY),
      ...proxy({ ...TARGET, ...other }),
      leaf("shop", 1, { ...other, classification: "failure" }),
      apex("shop", 1, { ...other, classification: "failure" }),
    ],
    routes: [split("shop")],
  },
  "two jobs scrape each proxy": {
    counters: [...HEALTHY, ...HEALTHY.map((counter) => ({ ...counter, labels: { ...counter.labels, job: "pods" } }))],
    routes: [split("shop")],
  },
  "an unknown label holds each proxy twice": {
    counters: [...HEALTHY, ...HEALTHY.map((counter) => ({ ...counter, labels: { ...counter.labels, copy: "b" } }))],
    routes: [split("shop")],
  },
  "nothing is there of this mesh": {
    counters: without(["direction"], [{ ...leaf("shop", 10), family: "http_requests_total" }]),
    routes: [split("shop")],
  },
  "the proxies' start is not kept": {
    counters: HEALTHY.filter(({ family }) => family !== "process_start_time_seconds"),
    routes: [split("shop")],
  },
  "all is well": { counters: [...HEALTHY, ...buckets(0), begun], routes: [split("shop")], rules: LATENCY },
} satisfies Readonly<Record<string, Scene>>;

describe.skipIf(tools.absent)(`${tools.title("what the series lack, in a real Prometheus")}`, () => {
  const groups: ServerGroup[] = [];
  afterAll(async () => void (await Promise.all(groups.map((group) => group.stop()))));

  /** The decisions of two minutes, the last readings of `web` by signal, and what is lost. */
  async function play({ counters, routes, rules = SUCCESS, elsewhere = [] }: Scene) {
    const group = openServerGroup("losses");
    groups.push(group);
    const url = await startOnSeries(group, scrapes(counters, END_MS));
    const decisions: Decision[] = [];
    let state = initialState(INTERVAL_MS, "test");
    const ready = { state: "counted", ready: 2, notReady: 0 } as const;
    const endpoints = new Map(
      routes.flatMap(({ namespace }) => ["web", "web-east"].map((name) => [`${namespace}/${name}`, ready] as const)),
    );
    for (let tick = TICKS; tick >= 0; tick--) {
      const atMs = END_MS - tick * INTERVAL_MS;
      const metrics = await askAt(url, routes, questionsOf(rules), atMs, new Set(elsewhere));
      const next = step(state, { routes, endpoints, metrics, clusters: new Map() }, rules, atMs);
      decisions.push(...next.decisions);
      state = next.state;
    }
    const readings = [...state.routes.values()].flatMap(({ backends }) =>
      (backends.get("web")?.judgement.soft ?? []).map(({ signal, reading }) => `${signal} ${reading.state}`),
    );
    const { needs, namespaces } = needsOf(routes, rules);
    const prometheus = createPrometheusClient({ url, auth: { kind: "none" }, intervalMs: INTERVAL_MS });
    const found = await findLosses(prometheus, needs, namespaces);
    expect(found.complete).toBe(true);
    await group.stop();
    return {
      // No decision is written here, so the first one is made again at each tick.
      moves: decisions.slice(0, 1).map(({ splits }) => splits[0]?.after),
      readings: [...new Set(readings)],
      lost: found.losses.map(({ lost }) => lost),
    };
  }

  const NO_ANSWERED = "no series of response_total";
  const NO_BACKENDS =
    "no series of outbound_http_route_backend_response_statuses_total or outbound_grpc_route_backend_response_statuses_total";

  it.each([
    ["response_total is dropped, route families stay", [], ["successRate missing"], [NO_ANSWERED, NO_BACKENDS]],
    [
      "all labels of destinations are dropped, and all requests fail",
      [{ web: 0, "web-east": 100 }],
      ["successRate value"],
      ["series of response_total lack dst_namespace"],
    ],
    [
      "a bucket was never kept",
      [],
      ["successRate value", "latency missing"],
      ['series of response_latency_ms_bucket lack the bucket le="500"'],
    ],
    [
      "a bucket is dropped by some proxies' job",
      [],
      ["successRate value", "latency missing"],
      ['series of response_latency_ms_bucket lack the bucket le="500"'],
    ],
    [
      "response_total is dropped, and requests are counted when they start",
      [],
      ["unanswered missing"],
      [NO_ANSWERED, "no series of route_response_total"],
    ],
    [
      "classification is dropped",
      [],
      ["successRate missing"],
      ["series of response_total lack classification", "series of route_response_total lack classification"],
    ],
    ["authority is dropped", [], ["successRate value"], ["series of response_total lack authority"]],
    [
      "authority is dropped, and the standby mirrors a Service of the primary's name, which fails for others",
      [],
      ["successRate missing"],
      ["series of response_total lack authority"],
    ],
    ["two clusters are in one store", [], ["successRate value"], ["a Service is counted under several values of cluster: east, west"]],
    ["two jobs scrape each proxy", [], ["successRate value"], ["a proxy is scraped under several values of job: linkerd-proxy, pods"]],
    [
      "an unknown label holds each proxy twice",
      [],
      ["successRate value"],
      ["a proxy is there several times, under labels other than job and replica"],
    ],
    ["nothing is there of this mesh", [], ["successRate missing"], ["no series of Linkerd's proxies"]],
    ["the proxies' start is not kept", [], ["successRate value"], ["no series of process_start_time_seconds"]],
    ["all is well", [], ["successRate value", "latency value"], []],
  ] as const)("%s", async (title, moves, readings, lost) => {
    expect(await play(SCENES[title] as Scene)).toEqual({ moves, readings, lost });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ReplaySpan } from "../../src/cli/commands/replay/replaySpan.ts";
import { compareRules, replayRoute, suggestFor } from "../../src/cli/commands/replay.ts";
import type { KubeApi } from "../../src/kube/kubeApi.ts";
import { createPrometheusClient } from "../../src/observer/prometheus.ts";
import { CODECS } from "../../src/routes/codecs.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import { realTools } from "./harness/realTools.ts";
import { openServerGroup, type ServerGroup } from "./harness/serverProcess.ts";
import { recordedSeries, startOnSeries } from "./recordedPrometheus.ts";

const tools = realTools("prometheus", "promtool");

/** Many rules are tried on many answers, for minutes on a busy machine. */
const SUGGEST_LIMIT_MS = 600_000;

/** No Service can be read, so no backend counts as another cluster's. */
const NO_SERVICES = { get: async () => ({ ok: false, status: 404, reason: "NotFound", message: "" }) } as unknown as KubeApi;

const metadata = { namespace: "emojivoto", uid: "1", resourceVersion: "1" };
const backends = ["web-svc", "web-svc-east"];

/** The route as it is today, shifted. The replay begins at the baseline in its annotation. */
const SPLIT = {
  ...{ apiVersion: "split.smi-spec.io/v1alpha2", kind: "TrafficSplit" },
  metadata: {
    ...{ ...metadata, name: "web" },
    annotations: {
      "failover.linkerd.io/state": JSON.stringify({
        version: 1,
        splits: { 0: { baseline: { "web-svc": [100], "web-svc-east": [0] }, written: { "web-svc": 0, "web-svc-east": 100 } } },
        backends: { "web-svc": { phase: "out", since: "2026-11-24T00:00:00.000Z", cause: "readiness" } },
      }),
    },
  },
  spec: { service: "web-svc", backends: backends.map((service, i) => ({ service, weight: i * 100 })) },
};
const ROUTE = {
  ...{ apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" },
  metadata: { ...metadata, name: "web-failover" },
  spec: {
    parentRefs: [{ group: "", kind: "Service", name: "web-svc", port: 80 }],
    rules: [{ backendRefs: backends.map((name, i) => ({ name, port: 80, weight: 100 - i * 100 })) }],
  },
};

/** What the controller would have exported while its pods died: all traffic is on the other backend. */
const OWN_GAUGES = (() => {
  const labels = 'kind="TrafficSplit",namespace="emojivoto",route="web",instance="own:8080"';
  const times = Array.from({ length: 30 }, (_, i) => Date.parse("2026-11-23T23:34:30Z") / 1_000 + i * 5);
  const series = (name: string, more: string, value: (at: number) => number) =>
    times.map((at) => `${name}{${labels}${more}} ${value(at)} ${at}\n`).join("");
  const weights = (name: string, web: number) =>
    [series(name, ',backend="web-svc",split="0"', () => web), series(name, ',backend="web-svc-east",split="0"', () => 100 - web)].join("");
  return [
    "# TYPE linkerd_failover_backend_weight gauge\n",
    weights("linkerd_failover_backend_weight", 0),
    "# TYPE linkerd_failover_backend_baseline_weight gauge\n",
    weights("linkerd_failover_backend_baseline_weight", 100),
  ].join("");
})();

describe.skipIf(tools.absent)(`${tools.title("replay of recorded outages")}`, () => {
  const groups: ServerGroup[] = [];
  const urls = new Map<string, string>();

  beforeAll(async () => {
    for (const name of ["trafficsplit", "httproute"]) {
      const group = openServerGroup(`replay-${name}`);
      groups.push(group);
      urls.set(name, await startOnSeries(group, recordedSeries(`${name}.om.gz`)));
    }
    const group = openServerGroup("replay-own");
    groups.push(group);
    urls.set("own", await startOnSeries(group, recordedSeries("trafficsplit.om.gz").replace(/# EOF\n*$/, `${OWN_GAUGES}# EOF\n`)));
  });
  afterAll(() => Promise.all(groups.map((group) => group.stop())));

  function setting(name: "trafficsplit" | "httproute" | "own") {
    const object = name === "httproute" ? ROUTE : SPLIT;
    const route = CODECS.find(({ kind }) => kind === object.kind)?.read(object);
    if (route === undefined) throw new Error(`no codec for ${object.kind}`);
    return { route, prometheus: createPrometheusClient({ url: urls.get(name) ?? "", auth: { kind: "none" }, intervalMs: 10_000 }) };
  }

  function replay(name: "trafficsplit" | "httproute" | "own", from: string, until: string, output: ReplaySpan["output"]) {
    const at = (clock: string) => Date.parse(`2026-11-23T${clock}Z`);
    const { route, prometheus } = setting(name);
    return replayRoute(NO_SERVICES, route, DEFAULT_RULES, { fromMs: at(from), untilMs: at(until), interval: 5_000, output }, prometheus);
  }

  it("shows when a TrafficSplit's traffic would have left, on which evidence, and when it would have returned", async () => {
    const { exit, page = "", remarks } = await replay("trafficsplit", "23:31:00", "23:35:20", "table");
    expect([exit, remarks]).toEqual([0, []]);
    expect(page).toMatch(/^TrafficSplit\/emojivoto\/web, as the rule default would have judged it\nfrom .*, 53 ticks, one every 5s\n\n/);
    // At 23:32:04 it began to answer 30 % of its requests with 500.
    expect(page).toMatch(/^2026-11-23T23:32:[23]\dZ failover \(successRate\): web-svc 100 → 0, web-svc-east 0 → 100$/m);
    expect(page).toMatch(/^2026-11-23T23:34:\d\dZ return \(successRate\): web-svc 0 → 5, web-svc-east 100 → 95$/m);
    expect(page).toMatch(/\n\n1 failover, 2 return steps; away from the baseline for [23]m\d*s?\.\n$/);
  });

  it("attributes failures that reached no backend to the backend that had the weight then", async () => {
    const { page = "" } = await replay("trafficsplit", "23:35:20", "23:36:30", "table");
    // At 23:35:30 its pods died behind ready endpoints.
    expect(page).toMatch(/^2026-11-23T23:35:[345]\dZ failover \(successRate\): web-svc 100 → 0, web-svc-east 0 → 100$/m);
    expect(page).not.toMatch(/web-svc-east: .*(suspect|out)/);
  });

  it("shows the same for an HTTPRoute as JSON", async () => {
    const { page = "" } = await replay("httproute", "23:37:40", "23:39:00", "json");
    expect(JSON.parse(page)).toMatchObject({
      ...{ kind: "HTTPRoute", namespace: "emojivoto", name: "web-failover", rule: "default", ticks: 17, unanswered: 0 },
      decisions: [{ direction: "failover", cause: "successRate", after: { "web-svc": 0, "web-svc-east": 100 }, outcome: "dryRun" }],
    });
  });

  it("attributes them to where our own gauges say the traffic was", async () => {
    const { exit, page = "", remarks } = await replay("own", "23:35:20", "23:36:30", "table");
    expect([exit, remarks]).toEqual([0, []]);
    expect(page).not.toMatch(/web-svc 100 → 0/);
    expect(page).toMatch(/web-svc-east: .*(suspect|out)/);
  });

  it("suggests for an HTTPRoute what would have caught its recorded outages", { timeout: SUGGEST_LIMIT_MS }, async () => {
    const { route, prometheus } = setting("httproute");
    const parsed = parseRules(
      "version: 1\nrules: [{name: sleepy, signals: {successRate: {failBelow: 80%, window: 2m, failAfter: 10m}}}]\n",
      "f",
    );
    const rules = parsed.ok ? parsed.rules : expect.fail("the rules are valid");
    const at = (clock: string) => Date.parse(`2026-11-23T${clock}Z`);
    const span = { fromMs: at("22:50:00"), untilMs: at("23:50:00"), interval: 30_000, output: "table" } as const;
    const { exit, page = "", remarks } = await suggestFor(NO_SERVICES, route, rules, span, prometheus);
    expect([exit, remarks]).toEqual([0, []]);
    // At 23:37:57 it began to answer 30 % of its requests with 500, at 23:41:27 its pods refused connections.
    expect(page).toMatch(
      /\n {2}2026-11-23T23:38:\d\dZ for \d+s: down to 70 % good\n {2}2026-11-23T23:41:\d\dZ for \d+s: down to 0 % good\n\n/,
    );
    expect(page).toMatch(/\nnow: {7}failBelow 80%, .*: catches 0 of 2 outages; never moves traffic without an outage\n/);
    expect(page).toMatch(
      /\nsuggested: failBelow 95%, .*: catches 2 of 2 outages, \d+s after they .*; never moves traffic without an outage\n/,
    );
    expect(parseRules(page.slice(page.indexOf("version: 1")), "suggested.yaml").ok).toBe(true);
  });

  it("compares two rules files: the recorded outage, a little later, and nothing else", async () => {
    const { route, prometheus } = setting("trafficsplit");
    const slow = parseRules("version: 1\nrules: [{name: slow, failAfter: 20s}]\n", "slow.yaml");
    if (!slow.ok) throw new Error("not valid");
    const at = (clock: string) => Date.parse(`2026-11-23T${clock}Z`);
    const span = { fromMs: at("23:30:00"), untilMs: at("23:33:10"), interval: 5_000, output: "json" } as const;
    const sides = [
      { file: "now", rules: DEFAULT_RULES },
      { file: "slow.yaml", rules: slow.rules },
    ] as const;
    const { page = "" } = await compareRules(NO_SERVICES, route, sides, span, prometheus);
    const { decisions, differentSeconds } = JSON.parse(page) as {
      decisions: { same: boolean; decisions: string[][] }[];
      differentSeconds: number;
    };
    const failover = "failover (successRate): web-svc 100 → 0, web-svc-east 0 → 100";
    expect(decisions.map((row) => row.decisions)).toEqual([
      [[failover], []],
      [[], [failover]],
    ]);
    expect(differentSeconds).toBe(10);
  });

  it("moves nothing in a period without data", async () => {
    const { exit, page = "" } = await replay("trafficsplit", "20:00:00", "20:05:00", "table");
    expect([exit, page.trimEnd().split("\n").at(-1)]).toEqual([0, "No traffic would have moved."]);
  });
});

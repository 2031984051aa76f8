import { expect, it } from "vitest";
import { prometheusAccess } from "../../../src/cli/wiring/prometheusAccess.ts";
import { TIME_QUERY } from "../../../src/linkerd/queries.ts";
import { MetricsReader } from "../../../src/observer/metricsReader.ts";
import { measureScrapeInterval } from "../../../src/observer/scrapeInterval.ts";
import { parseRules } from "../../../src/rules/parseRules.ts";
import { questionsOf } from "../../../src/rules/questions.ts";
import { route } from "../../observer/fakeCodec.ts";
import { fakePrometheus } from "../commands/check/fakePrometheus.ts";

const URL = { prometheusUrl: "https://p.example" };

it("is null without a URL", () => expect(prometheusAccess({ prometheusCaFile: "a" })).toBeNull());

it("has what the settings say", () => {
  const settings = {
    ...URL,
    prometheusUsername: "me",
    prometheusPasswordFile: "password",
    prometheusCaFile: "ca",
    prometheusClientCertFile: "cert",
    prometheusClientKeyFile: "key",
    prometheusHeader: ["A=b", "C=d\nE=f=g"],
    prometheusHeadersFile: "headers",
    prometheusParam: ["dedup=true"],
  };
  expect(prometheusAccess(settings)).toEqual({
    url: "https://p.example",
    auth: { kind: "basic", username: "me", passwordFile: "password" },
    headers: [
      ["A", "b"],
      ["C", "d"],
      ["E", "f=g"],
    ],
    headersFile: "headers",
    tls: { caFile: "ca", client: { certFile: "cert", keyFile: "key" } },
    params: [["dedup", "true"]],
    select: undefined,
  });
});

it("puts the selector into any number of queries", () => {
  const select = prometheusAccess({ ...URL, prometheusSelector: 'cluster="west"' })?.select;
  for (let i = 0; i < 2_500; i += 1) expect(select?.(`up${i % 1_250}`)).toBe(`up${i % 1_250}{cluster="west"}`);
  expect(select?.("up(")).toBeNull();
  expect(select?.("up(")).toBeNull();
});

it("puts the selector into every query of a tick", async () => {
  const rules = parseRules(
    `version: 1
rules:
  - name: all
    signals: {successRate: {}, latency: {under: 500ms}, unanswered: {}, gateway: {}, queries: [{name: q, query: 'a{b="{{service}}"}', failAbove: 2, recoverBelow: 1}]}`,
    "rules.yaml",
  );
  if (!rules.ok) throw new Error(JSON.stringify(rules.problems));
  const asked: string[] = [];
  const query = async (promql: string) => {
    asked.push(promql);
    return { ok: true, samples: [], partial: null } as const;
  };
  const { client } = fakePrometheus({});
  const prometheus = { ...client, query, queryAside: query };
  const routes = (["TrafficSplit", "HTTPRoute", "GRPCRoute"] as const).map((kind) => ({ ...route("shop", "web", ["web", "east"]), kind }));
  const clusters = new Map([["shop/east", "east"]]);
  await new MetricsReader(prometheus, 5_000).ask({ routes, clusters, linked: clusters }, questionsOf(rules.rules), 0);
  await measureScrapeInterval(prometheus);
  const select = prometheusAccess({ ...URL, prometheusSelector: 'cluster="west"' })?.select;
  expect(asked.length).toBeGreaterThan(5);
  for (const promql of asked.filter((text) => text !== TIME_QUERY)) expect(select?.(promql)).toContain('{cluster="west"');
});

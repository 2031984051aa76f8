import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, queryKey } from "../../src/evaluator/model/observation.ts";
import { MetricsReader } from "../../src/observer/metricsReader.ts";
import { createPrometheusClient } from "../../src/observer/prometheus.ts";
import type { Questions } from "../../src/rules/questions.ts";
import { route } from "../observer/fakeCodec.ts";
import { realTools } from "./harness/realTools.ts";
import { openServerGroup, type ServerGroup } from "./harness/serverProcess.ts";
import { startOnSeries } from "./recordedPrometheus.ts";

const AT_MS = Date.parse("2026-11-23T00:00:00Z");
const ROUTE = route("shop", "web", ["web-east", 'we"b`\\']);
const CLUSTERS = new Map([["shop/web-east", "east"]]);
const DEPTHS = [
  'queue_depth{namespace="shop",service="web-east",cluster="east",pod="a"} 7',
  'queue_depth{namespace="shop",service="web-east",cluster="east",pod="b"} 9',
  'queue_depth{namespace="shop",service="we\\"b`\\\\",cluster="",pod="a"} 3',
];

const tools = realTools("prometheus", "promtool");

let servers: ServerGroup | null = null;
let url: string;

describe.skipIf(tools.absent)(`${tools.title("the operators' own queries")}`, () => {
  beforeAll(async () => {
    servers = openServerGroup("own-queries");
    const lines = DEPTHS.map((line) => `${line} ${AT_MS / 1000}`);
    url = await startOnSeries(servers, `# TYPE queue_depth gauge\n${lines.join("\n")}\n# EOF\n`);
  });
  afterAll(() => servers?.stop());

  it.each([
    ["a scalar", "40 + 2", 42],
    ["a vector of one", 'sum(queue_depth{service="{{service}}",namespace="{{namespace}}"})', 16],
    ["by cluster", 'max(queue_depth{cluster="{{cluster}}"})', 9],
    ["a vector of none", 'queue_depth{service="{{route}}"}', null],
    ["a vector of two", 'queue_depth{service="{{service}}"}', /^the answer has 2 series, not one$/],
    ["a matrix", 'queue_depth{service="{{service}}"}[5m]', /a matrix, not a vector/],
    ["a string", '"{{service}}"', /a string, not a vector/],
    ["NaN", "0 / 0", /^the answer is NaN$/],
    ["infinity", "-1 / 0", /^the answer is -Infinity$/],
    ["an unknown placeholder", 'queue_depth{service="{{service}}",{{name}}}', /HTTP 400: .*parse error/],
    ["no PromQL", "sum(", /HTTP 400: .*parse error/],
  ])("%s: %s", async (_what, query, expected) => {
    const answer = await askOwn(query, "web-east");
    if (expected instanceof RegExp) expect(answer).toEqual({ state: "failed", error: expect.stringMatching(expected) });
    else expect(answer).toEqual({ state: "answered", value: expected });
  });

  it.each(['"', "'", "`"])("a value stays inside a string in %s", async (quote) => {
    const answer = await askOwn(`sum(queue_depth{service=${quote}{{service}}${quote}})`, 'we"b`\\');
    // Nothing can be escaped between backticks, so the query finds nothing; but it stays valid.
    expect(answer).toEqual({ state: "answered", value: quote === "`" ? null : 3 });
  });
});

async function askOwn(query: string, backend: string): Promise<Answer<number | null> | undefined> {
  const client = createPrometheusClient({ url, auth: { kind: "none" }, intervalMs: 10_000 });
  const reader = new MetricsReader(client, 10_000);
  const questions: Questions = {
    ...{ requests: [], latency: [], unanswered: [], gateway: false },
    queries: () => [{ name: "own", query }],
  };
  await reader.ask({ routes: [ROUTE], clusters: new Map(), linked: CLUSTERS }, questions, AT_MS, AT_MS);
  const key = queryKey("TrafficSplit/shop/web", backend, "own");
  await expect.poll(() => reader.last(questions, AT_MS).queries.get(key), { timeout: 10_000, interval: 5 }).toBeDefined();
  return reader.last(questions, AT_MS).queries.get(key);
}

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Counts, latencyKey } from "../../src/evaluator/model/observation.ts";
import { route } from "../observer/fakeCodec.ts";
import { answered, askAt, ratio } from "./askAt.ts";
import { realTools } from "./harness/realTools.ts";
import { openServerGroup, type ServerGroup } from "./harness/serverProcess.ts";
import { recordedSeries, startOnSeries } from "./recordedPrometheus.ts";

const WINDOW_MS = 30_000;
const ROUTE = route("emojivoto", "web-failover", ["web-svc", "web-svc-east"], { kind: "HTTPRoute", apex: "web-svc" });

const tools = realTools("prometheus", "promtool");

let servers: ServerGroup | null = null;
let url: string;

describe.skipIf(tools.absent)(`${tools.title("a recorded HTTPRoute")}`, () => {
  beforeAll(async () => {
    servers = openServerGroup("http-route");
    url = await startOnSeries(servers, recordedSeries("httproute.om.gz"));
  });
  afterAll(() => servers?.stop());

  it("steady: every request goes to the primary and is good, fast and answered", async () => {
    const { primary, standby, byRoute, latency, unanswered } = await seenAt("23:37:57.000");
    expect([rate(primary), rate(standby), rate(byRoute)].map(Math.round)).toEqual([50, 10, 50]);
    expect([primary, standby, byRoute, latency, unanswered].map((counts) => counts?.failures)).toEqual([0, 0, 0, 0, 0]);
    expect(rate(unanswered)).toBeCloseTo(50, 0);
  });

  it("the first failures count at the first scrape after the fault, although their series have one sample only", async () => {
    const { primary, byRoute } = await seenAt("23:38:02.500");
    expect(primary?.failures).toBeGreaterThan(50);
    expect(byRoute?.failures).toBe(primary?.failures);
  });

  it("the primary answers 500 for 30 %: the route counts no more failures than the leaf", async () => {
    const { primary, standby, byRoute, unanswered } = await seenAt("23:38:47.300");
    expect(ratio(primary)).toBeCloseTo(0.72, 1);
    expect(ratio(standby)).toBe(1);
    expect(Math.abs(unaccounted(byRoute, primary))).toBeLessThan(2);
    expect(ratio(unanswered)).toBeGreaterThan(0.98);
  });

  it("weights 0/100: the primary's series exist and count nothing", async () => {
    const { primary, standby, latency, unanswered } = await seenAt("23:39:27.400");
    expect([primary, latency, unanswered]).toEqual(Array.from({ length: 3 }, () => ({ total: 0, failures: 0 })));
    expect(rate(standby)).toBeCloseTo(60, 0);
    expect(ratio(standby)).toBe(1);
  });

  it("canary 10/90: a tenth of the client's requests, all good", async () => {
    const { primary, standby } = await seenAt("23:40:12.500");
    expect(rate(primary)).toBeGreaterThan(3.5);
    expect(rate(primary)).toBeLessThan(6.5);
    expect([ratio(primary), ratio(standby)]).toEqual([1, 1]);
  });

  it("600 ms slower: every success takes between half a second and a second", async () => {
    const { primary, latency, withinASecond } = await seenAt("23:41:17.600");
    expect(ratio(primary)).toBe(1);
    expect(rate(latency)).toBeCloseTo(50, 0);
    expect(ratio(latency)).toBe(0);
    expect(ratio(withinASecond)).toBe(1);
  });

  it("fast again: the share of fast requests recovers", async () => {
    const { latency } = await seenAt("23:41:27.700");
    expect(ratio(latency)).toBeGreaterThan(0.2);
    expect(ratio(latency)).toBeLessThan(0.5);
  });

  it("dead pods behind ready endpoints: the leaf shows no failures, only the route counts them", async () => {
    const { primary, standby, byRoute, latency, unanswered } = await seenAt("23:41:52.800");
    expect(ratio(primary)).toBeGreaterThan(0.95);
    expect(rate(primary)).toBeLessThan(11);
    expect(ratio(standby)).toBe(1);
    expect(ratio(byRoute)).toBeLessThan(0.35);
    expect(unaccounted(byRoute, primary)).toBeGreaterThan(0.95 * (byRoute?.failures ?? Number.NaN));
    // The request that is neither fast nor failed was in flight when the pods died.
    expect(ratio(latency)).toBeGreaterThan(0.9);
    expect(ratio(unanswered)).toBeGreaterThan(0.9);
  });

  it("back, weights 100/0: every request is good again", async () => {
    const { primary, standby, byRoute, latency } = await seenAt("23:42:38.000");
    expect(rate(primary)).toBeGreaterThan(10);
    expect([ratio(primary), ratio(standby), ratio(byRoute), ratio(latency)]).toEqual([1, 1, 1, 1]);
  });

  it("long after the end there are no series", async () => {
    const { primary, byRoute, latency, unanswered } = await seenAt("23:59:59.000");
    expect([primary, byRoute, latency, unanswered]).toEqual([undefined, undefined, undefined, undefined]);
  });
});

async function seenAt(time: string) {
  const latency = [500, 1_000].map((underMs) => ({ underMs, windowMs: WINDOW_MS }));
  const questions = { requests: [WINDOW_MS], latency, unanswered: [WINDOW_MS] };
  const metrics = await askAt(url, [ROUTE], questions, Date.parse(`2026-11-23T${time}Z`));
  const { leaves, routes } = answered(metrics.requests.get(WINDOW_MS));
  const within = (underMs: number) => answered(metrics.latency.get(latencyKey(underMs, WINDOW_MS))).get("emojivoto/web-svc");
  return {
    primary: leaves.get("emojivoto/web-svc"),
    standby: leaves.get("emojivoto/web-svc-east"),
    byRoute: routes.get("HTTPRoute/emojivoto/web-failover"),
    latency: within(500),
    withinASecond: within(1_000),
    unanswered: answered(metrics.unanswered.get(WINDOW_MS)).get("emojivoto/web-svc"),
  };
}

/** Requests per second. */
function rate(counts: Counts | undefined): number {
  return (counts?.total ?? Number.NaN) / (WINDOW_MS / 1000);
}

function unaccounted(byRoute: Counts | undefined, leaf: Counts | undefined): number {
  return (byRoute?.failures ?? Number.NaN) - (leaf?.failures ?? Number.NaN);
}

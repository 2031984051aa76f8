import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Counts } from "../../src/evaluator/model/observation.ts";
import { route } from "../observer/fakeCodec.ts";
import { ratio, requestsAt } from "./askAt.ts";
import { realTools } from "./harness/realTools.ts";
import { openServerGroup, type ServerGroup } from "./harness/serverProcess.ts";
import { recordedSeries, startOnSeries } from "./recordedPrometheus.ts";

const WINDOW_MS = 30_000;
const ROUTE = route("emojivoto", "web", ["web-svc", "web-svc-east"], { apex: "web-svc" });

const tools = realTools("prometheus", "promtool");

let servers: ServerGroup | null = null;
let url: string;

describe.skipIf(tools.absent)(`${tools.title("a recorded TrafficSplit")}`, () => {
  beforeAll(async () => {
    servers = openServerGroup("recordings");
    url = await startOnSeries(servers, recordedSeries("trafficsplit.om.gz"));
  });
  afterAll(() => servers?.stop());

  it("steady: every request goes to the primary and is good", async () => {
    const { primary, standby, apex } = await countsAt("23:32:04.000");
    expect(rate(primary)).toBeCloseTo(50, 0);
    expect(rate(standby)).toBeCloseTo(10, 0);
    expect([primary?.failures, standby?.failures, apex?.failures]).toEqual([0, 0, 0]);
    expect(rate(apex)).toBeCloseTo(50, 0);
  });

  it("the primary answers 500 for 30 %: its leaf shows it, and the apex counts no more failures than the leaf", async () => {
    const { primary, standby, apex } = await countsAt("23:32:54.300");
    expect(ratio(primary)).toBeCloseTo(0.7, 1);
    expect(ratio(standby)).toBe(1);
    expect(unaccounted(apex, primary)).toBeLessThan(20);
  });

  it("the first failures count at the first scrape after the fault, although their series has one sample only", async () => {
    const { primary, apex } = await countsAt("23:32:10.000");
    expect(primary?.failures).toBe(75);
    expect(apex?.failures).toBe(75);
    expect(primary?.total).toBeGreaterThan(1_000);
  });

  it("weights 0/100: the primary's series exist and count nothing", async () => {
    const { primary, standby } = await countsAt("23:33:34.400");
    expect(primary).toEqual({ total: 0, failures: 0 });
    expect(rate(standby)).toBeCloseTo(60, 0);
    expect(ratio(standby)).toBe(1);
  });

  it("canary 10/90: a tenth of the client's requests, all good", async () => {
    const { primary, standby } = await countsAt("23:34:19.500");
    expect(rate(primary)).toBeGreaterThan(3.5);
    expect(rate(primary)).toBeLessThan(6.5);
    expect(ratio(primary)).toBe(1);
    expect(ratio(standby)).toBe(1);
  });

  it("600 ms slower: still good, because only success is counted", async () => {
    const { primary, apex } = await countsAt("23:35:24.700");
    expect(rate(primary)).toBeCloseTo(50, 0);
    expect(ratio(primary)).toBe(1);
    expect(ratio(apex)).toBe(1);
  });

  it("dead pods behind ready endpoints: the leaf shows no failures, only the apex counts them", async () => {
    const { primary, apex } = await countsAt("23:35:59.800");
    expect(ratio(primary)).toBeGreaterThan(0.95);
    // 25 s of the window: 971 failures until the last scrape, in a series that began within the window, plus the successes between
    // the scrape before the window and the fault.
    expect(rate(primary)).toBeLessThan(10);
    expect(apex?.failures).toBeGreaterThanOrEqual(971);
    expect(ratio(apex)).toBeLessThan(0.25);
    expect(unaccounted(apex, primary)).toBeGreaterThan(0.95 * (apex?.failures ?? Number.NaN));
  });

  it("back, weights 100/0: both are good again", async () => {
    const { primary, standby, apex } = await countsAt("23:36:44.000");
    expect(rate(primary)).toBeGreaterThan(10);
    expect([ratio(primary), ratio(standby), ratio(apex)]).toEqual([1, 1, 1]);
  });

  it("long after the end there are no series", async () => {
    expect(await countsAt("23:59:59.000")).toEqual({ primary: undefined, standby: undefined, apex: undefined });
  });
});

async function countsAt(time: string) {
  const { leaves, apexes } = await requestsAt(url, [ROUTE], WINDOW_MS, Date.parse(`2026-11-23T${time}Z`));
  return { primary: leaves.get("emojivoto/web-svc"), standby: leaves.get("emojivoto/web-svc-east"), apex: apexes.get("emojivoto/web-svc") };
}

/** Requests per second. */
function rate(counts: Counts | undefined): number {
  return (counts?.total ?? Number.NaN) / (WINDOW_MS / 1000);
}

function unaccounted(apex: Counts | undefined, leaf: Counts | undefined): number {
  return (apex?.failures ?? Number.NaN) - (leaf?.failures ?? Number.NaN);
}

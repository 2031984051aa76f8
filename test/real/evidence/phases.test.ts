import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Opinion } from "../../../src/evaluator/model/reason.ts";
import type { RouteState } from "../../../src/evaluator/model/state.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { realTools } from "../harness/realTools.ts";
import { openServerGroup, type ServerGroup } from "../harness/serverProcess.ts";
import { recordedSeries, startOnSeries } from "../recordedPrometheus.ts";
import { secondsOf, seenIn } from "./clientsSaw.ts";
import { scrapedSpan, scrapesIn } from "./controllerRun.ts";
import { isClose, recordRow, rowOf } from "./evidenceRow.ts";
import type { Recorded, WeightsAt } from "./recordedRoute.ts";
import { Retracing } from "./retracing.ts";
import { joined, withClock } from "./withClock.ts";

const WINDOW_MS = 30_000;
/** Imported series have no end, so their last value must not count for longer than until the next scrape. */
const LOOKBACK = "--query.lookback-delta=8s";
const CLIENT = "vote-bot-7d4f9c6b5d-aaaaa";
/** Of a leaf without weight, all that is known is what its other callers see; here one sends it 10 requests a second. */
const OTHERS = "the standby's requests are another caller's";

const WELL: readonly Opinion[] = ["fit"];
const IDLE: readonly Opinion[] = ["quiet", "fit"];
const BAD: readonly Opinion[] = ["unfit"];

/** The end of each phase, seconds after the first one began, and what must be read. */
const PHASES: readonly (readonly [phase: string, atS: number, primary: readonly Opinion[], standby: readonly Opinion[]])[] = [
  ["steady", 59.5, WELL, IDLE],
  ["30 % answer 500", 109.5, BAD, IDLE],
  ["30 % answer 500, 0/100", 149.5, IDLE, WELL],
  ["repaired, 0/100", 164.5, IDLE, WELL],
  ["canary, 10/90", 194.5, WELL, WELL],
  ["all at the primary", 219.5, WELL, WELL],
  ["slow by 600 ms", 259.5, WELL, IDLE],
  ["fast again", 269.5, WELL, IDLE],
  ["dead pods, endpoints ready", 294.5, BAD, IDLE],
  ["dead pods, 0/100", 309.5, BAD, WELL],
  ["back, 0/100", 325.5, ["quiet", "unfit"], WELL],
  ["back, 100/0", 340.5, WELL, WELL],
];

/** When the weights changed, in the same seconds. */
const WEIGHTS: readonly (readonly [atS: number, w: WeightsAt["w"]])[] = [
  [-60, [100, 0]],
  [110.17, [0, 100]],
  [165.31, [10, 90]],
  [195.37, [100, 0]],
  [295.67, [0, 100]],
  [326.3, [100, 0]],
];

const STORIES = [
  {
    recording: "S1",
    kind: "TrafficSplit",
    name: "web",
    files: ["trafficsplit.om.gz", "trafficsplit-sent.om.gz"],
    clients: "trafficsplit",
    beganMs: Date.parse("2026-11-23T23:31:04.245Z"),
  },
  {
    recording: "S2",
    kind: "HTTPRoute",
    name: "web-failover",
    files: ["httproute.om.gz", "httproute-backends.om.gz"],
    clients: "httproute",
    beganMs: Date.parse("2026-11-23T23:36:57.223Z"),
  },
] as const;

const tools = realTools("prometheus", "promtool");

describe.skipIf(tools.absent).each(STORIES)(`${tools.title("each phase of")} $recording`, (story) => {
  const { recording, kind, name, files, clients, beganMs } = story;
  const about: Recorded = { kind, namespace: "emojivoto", name, apex: "web-svc", primary: "web-svc", standby: "web-svc-east" };
  // A line of the load is printed at the end of its second, which began with the first phase.
  const seconds = secondsOf(clients, beganMs % 1_000);
  const series = withClock(joined(files.map(recordedSeries)), startsOf(beganMs));
  const scrapes = scrapesIn(series);
  let servers: ServerGroup | null = null;
  let seen: ReadonlyMap<number, ReadonlyMap<string, RouteState>> = new Map();

  beforeAll(async () => {
    servers = openServerGroup(`phases-${recording}`);
    const url = await startOnSeries(servers, series, [LOOKBACK]);
    const weights = WEIGHTS.map(([atS, w]) => ({ t: beganMs + atS * 1_000, n: name, w }));
    const times = PHASES.map(([, atS]) => beganMs + atS * 1_000);
    seen = await new Retracing(url, [about], weights, "kept").through(times, () => DEFAULT_RULES);
  });
  afterAll(() => servers?.stop());

  it.each(PHASES)("%s", (phase, atS, primary, standby) => {
    const atMs = beganMs + atS * 1_000;
    const after = seen.get(atMs)?.get(name);
    if (after === undefined) throw new Error(`nothing was judged at the end of ${phase}`);
    const span = scrapedSpan(scrapes, CLIENT, atMs, WINDOW_MS);
    const saw = seenIn(seconds, name, () => span);
    const plain = rowOf({ recording, phase }, about, after, { saw, signal: "successRate" });
    const isOthers = kind === "TrafficSplit" && saw.standby.total === 0;
    const compared = isOthers ? { ...plain, read: { ...plain.read, standby: saw.standby } } : plain;
    recordRow(isOthers ? { ...compared, note: OTHERS } : compared);
    expect(primary).toContain(plain.opinions.primary);
    expect(standby).toContain(plain.opinions.standby);
    expect([compared, isClose(compared)]).toEqual([compared, true]);
  });
});

/** The proxies were started anew just before the first phase. */
function startsOf(beganMs: number) {
  return { [CLIENT]: [beganMs / 1_000 - 4], "other-client-5b7d9f6c8d-fffff": [beganMs / 1_000 - 3] };
}

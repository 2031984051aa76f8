import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Opinion } from "../../../src/evaluator/model/reason.ts";
import type { RouteState } from "../../../src/evaluator/model/state.ts";
import { realTools } from "../harness/realTools.ts";
import { openServerGroup, type ServerGroup } from "../harness/serverProcess.ts";
import { startOnSeries } from "../recordedPrometheus.ts";
import { type Seen, secondsOf, seenIn } from "./clientsSaw.ts";
import { RUN_ROUTES, RUN_STARTS, runAt, runRules, runSeries, runWeights, runWindowMs, scrapedSpan, scrapesIn } from "./controllerRun.ts";
import { type Compared, isClose, recordRow, rowOf } from "./evidenceRow.ts";
import { Retracing } from "./retracing.ts";
import { withClock } from "./withClock.ts";

const INTERVAL_MS = 5_000;
/** Imported series have no end, so their last value must not count for longer than until the next scrape. */
const LOOKBACK = "--query.lookback-delta=15s";
/** The recording's clients gave up after this time. */
const CLIENT_TIME_LIMIT_MS = 5_000;
const RUN_TIME_LIMIT_MS = 600_000;

const WELL: readonly Opinion[] = ["fit", "quiet"];
const IDLE: readonly Opinion[] = ["quiet"];
const BAD: readonly Opinion[] = ["unfit"];
/** Nothing arrives, or too little to judge, and nothing is good. */
const UNPROVEN: readonly Opinion[] = ["missing", "unfit", "quiet"];

interface Phase {
  readonly phase: string;
  /** Just before its end. */
  readonly at: string;
  readonly routes?: readonly string[];
  readonly signal?: Compared;
  readonly primary: readonly Opinion[];
  readonly standby: readonly Opinion[];
}

const PHASES: readonly Phase[] = [
  { phase: "steady", at: "14:01:25", primary: WELL, standby: IDLE },
  { phase: "60 % answer 500", at: "14:01:48", primary: BAD, standby: IDLE },
  { phase: "60 % answer 500, failed over", at: "14:02:50", routes: ["ts-web", "hr-web"], primary: UNPROVEN, standby: WELL },
  { phase: "dead pods, endpoints ready", at: "14:05:34", primary: BAD, standby: IDLE },
  { phase: "dead pods, failed over", at: "14:05:58", primary: UNPROVEN, standby: WELL },
  { phase: "dead pods, trial of 5 %", at: "14:08:04", primary: UNPROVEN, standby: WELL },
  { phase: "dead pods, trial of 25 %", at: "14:08:14", primary: UNPROVEN, standby: WELL },
  { phase: "dead pods, trial of 50 %", at: "14:08:24", primary: ["missing"], standby: WELL },
  { phase: "dead pods, all of it again", at: "14:08:34", primary: BAD, standby: WELL },
  { phase: "hung", at: "14:11:24", signal: "unanswered", primary: BAD, standby: IDLE },
  { phase: "slow by 2 s", at: "14:13:29", primary: WELL, standby: IDLE },
  { phase: "endpoints not ready", at: "14:15:50", primary: IDLE, standby: WELL },
  { phase: "built-in rule, dead pods", at: "14:19:27", routes: ["ts-web"], primary: BAD, standby: IDLE },
  { phase: "built-in rule, dead pods", at: "14:20:30", routes: ["hr-web"], primary: BAD, standby: IDLE },
  { phase: "2 rps, trial of 5 %", at: "14:22:27", routes: ["hr-web"], primary: UNPROVEN, standby: WELL },
  { phase: "2 rps, trial of 25 %", at: "14:22:57", routes: ["hr-web"], primary: ["missing"], standby: WELL },
  { phase: "2 rps, trial of 50 %", at: "14:23:27", routes: ["hr-web"], primary: ["missing"], standby: WELL },
  { phase: "2 rps, all of it again", at: "14:23:52", routes: ["hr-web"], primary: BAD, standby: WELL },
  { phase: "just failed over", at: "14:25:10", routes: ["hr-web"], primary: BAD, standby: WELL },
  { phase: "15 s later", at: "14:25:25", routes: ["hr-web"], primary: BAD, standby: WELL },
  { phase: "60 % answer 500", at: "14:25:36", routes: ["ts-web"], primary: BAD, standby: IDLE },
  // Its old series are imported without an end, and must not count at the start of the window either.
  { phase: "a client restarted", at: "14:30:18", primary: WELL, standby: IDLE },
  { phase: "Prometheus restarted", at: "14:31:46", primary: WELL, standby: IDLE },
  { phase: "60 % answer 500", at: "14:32:13", primary: BAD, standby: IDLE },
  { phase: "apps dead, proxies alive", at: "14:34:06", primary: BAD, standby: IDLE },
  { phase: "60 % answer 500", at: "14:35:56", primary: BAD, standby: IDLE },
  { phase: "healed, failed over", at: "14:36:20", primary: UNPROVEN, standby: WELL },
];

/** After these failovers the standby must not be suspected. */
const FAILOVERS: readonly (readonly [from: string, until: string])[] = [
  ["14:19:30", "14:20:00"],
  ["14:20:35", "14:21:15"],
  ["14:23:55", "14:24:20"],
  ["14:24:50", "14:25:40"],
];

/** In these times the primary was dead behind ready endpoints, and the recorded controller returned to it step by step. */
const DEAD: readonly (readonly [from: string, until: string])[] = [
  ["14:07:25", "14:09:50"],
  ["14:19:30", "14:24:10"],
];

/** A step of the recorded controller that was followed by a larger one, by its share and its end. */
const STEPS_TAKEN = RUN_ROUTES.flatMap((route) => {
  const own = runWeights().filter(({ n }) => n === route.name);
  return own.flatMap(({ t, w: [to] }, i) => {
    const [share] = own[i - 1]?.w ?? [0];
    const whileDead = DEAD.some(([from, until]) => runAt(from) <= t && t <= runAt(until));
    return whileDead && share > 0 && share < to ? [{ name: route.name, primary: route.primary, share, to, endMs: t }] : [];
  });
});

/** The steps of the recorded returns. */
const SHARES = [5, 25, 50];
/** So much promises enough requests to notice that none is answered. */
const LEAST_TELLING_SHARE = 25;

const tools = realTools("prometheus", "promtool");

describe.skipIf(tools.absent)(`${tools.title("a controller's run on real proxies")}`, () => {
  const series = runSeries();
  const scrapes = scrapesIn(series);
  const seconds = secondsOf("controller-run");

  describe.each(["kept", "lost"] as const)("where the proxies' start is %s", (clock) => {
    let servers: ServerGroup | null = null;
    let seen: ReadonlyMap<number, ReadonlyMap<string, RouteState>> = new Map();

    beforeAll(async () => {
      servers = openServerGroup(`controller-run-${clock}`);
      const url = await startOnSeries(servers, clock === "kept" ? withClock(series, RUN_STARTS) : series, [LOOKBACK]);
      const wanted = new Set(PHASES.map(({ at }) => runAt(at)));
      for (const [from, until] of FAILOVERS) for (let at = runAt(from); at <= runAt(until); at += INTERVAL_MS) wanted.add(at);
      // Judged at every tick of the step, and just before its end.
      for (const { endMs } of STEPS_TAKEN) for (let at = endMs - 1; at > endMs - 6 * INTERVAL_MS; at -= INTERVAL_MS) wanted.add(at);
      seen = await new Retracing(url, RUN_ROUTES, runWeights(), clock).through([...wanted], runRules);
    }, RUN_TIME_LIMIT_MS);
    afterAll(() => servers?.stop());

    it.each(casesOf(PHASES))("%s, %s: %s", (_phase, _at, _name, { phase, at, signal = "successRate", primary, standby }, route) => {
      const atMs = runAt(at);
      const after = seen.get(atMs)?.get(route.name);
      if (after === undefined) throw new Error(`${route.name} was not judged at ${at}`);
      const saw = sawAt(route.name, atMs, signal);
      const row = rowOf({ recording: "controller-run", phase: `${phase} (${at})` }, route, after, { saw, signal });
      expect(primary).toContain(row.opinions.primary);
      expect(standby).toContain(row.opinions.standby);
      // Without their start, what a new proxy has counted is not known.
      if (clock === "lost") return;
      recordRow(row);
      expect([row, isClose(row)]).toEqual([row, true]);
    });

    it.each(STEPS_TAKEN.filter(({ share }) => share >= LEAST_TELLING_SHARE))(
      "$name: the step of $share % to a dead primary, which was followed by $to %, would not be followed",
      ({ name, primary, share, endMs }) => {
        const { state } =
          seen
            .get(endMs - 1)
            ?.get(name)
            ?.backends.get(primary) ?? {};
        if (state?.phase === "returning") expect(state.step).toBe(SHARES.indexOf(share));
        else expect(state?.phase).toBe("out");
      },
    );

    it.each(FAILOVERS)("from %s to %s the standby that has got the load is never suspected", (from, until) => {
      for (let at = runAt(from); at <= runAt(until); at += INTERVAL_MS) {
        for (const { name, standby } of RUN_ROUTES) {
          const report = seen.get(at)?.get(name)?.backends.get(standby);
          expect([name, at, report?.state.phase, report?.judgement.verdict === "unfit"]).toEqual([name, at, "serving", false]);
        }
      }
    });
  });

  /** What the clients saw between the scrapes that are subtracted. Of a request that hung they knew when they gave it up. */
  function sawAt(route: string, atMs: number, signal: Compared): Seen {
    const inSpan = (lateMs: number) =>
      seenIn(seconds, route, (client) => {
        const span = scrapedSpan(scrapes, client, atMs, runWindowMs(atMs));
        return span && { fromMs: span.fromMs + lateMs, untilMs: span.untilMs + lateMs };
      });
    if (signal === "successRate") return inSpan(0);
    const { standby, primary } = inSpan(0);
    const { failures, total } = inSpan(CLIENT_TIME_LIMIT_MS).primary;
    return { standby, primary: { total: primary.total - primary.failures + failures, failures }, kinds: { timeout: total } };
  }
});

/** Each phase with each of its routes. */
function casesOf(phases: readonly Phase[]) {
  return phases.flatMap((phase) =>
    RUN_ROUTES.filter(({ name }) => phase.routes?.includes(name) !== false).map(
      (route) => [phase.phase, phase.at, route.name, phase, route] as const,
    ),
  );
}

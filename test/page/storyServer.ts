import { type AdminServer, startAdminServer } from "../../src/admin/adminServer.ts";
import { createMetrics } from "../../src/admin/metrics.ts";
import { DecisionRing } from "../../src/controller/decisionRing.ts";
import type { Report } from "../../src/controller/report.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { Story } from "../../src/simulator/story.ts";
import { reportOf } from "../admin/reports.ts";
import { obey } from "../simulator/obey.ts";

/** When the stories begin: a real date, so that the page shows plausible times. */
const START_MS = Date.parse("2026-03-02T10:00:00Z");

/** A little more than the interval at which the admin server samples success rates. */
const SAMPLED_WITHIN_MS = 1_100;

/** An admin server for a story that the test drives. */
export interface StoryServer {
  readonly url: string;
  /** Commands as in transcripts. */
  tell(...commands: readonly string[]): void;
  /** Lets time pass in the story, with a tick every interval. */
  pass(seconds: number): void;
  /** Lets ticks pass slowly enough for every success rate to be sampled. */
  passSampled(ticks: number): Promise<void>;
  /** Overrides parts of the report. */
  report(more: Partial<Report>): void;
  stop(): Promise<void>;
}

/** Begins a story, and starts an admin server for it. */
export async function serveStory(...commands: readonly string[]): Promise<StoryServer> {
  const story = new Story(DEFAULT_RULES);
  story.nowMs = START_MS;
  const decisions = new DecisionRing();
  let more: Partial<Report> = {};
  const report = (): Report => ({
    ...reportOf([]),
    ...{ state: story.state, nowMs: story.nowMs, lastTickMs: story.nowMs, decisions: decisions.newestFirst() },
    ...more,
  });
  const tick = (): void => {
    const { atMs, decisions: made } = story.tick();
    for (const decision of made) decisions.add({ atMs, decision, outcome: { outcome: "written", resourceVersion: "7" } });
  };
  const pass = (seconds: number): void => {
    for (let second = 0; second < seconds; second++) {
      story.passSecond();
      if ((story.nowMs - START_MS) % story.intervalMs === 0) tick();
    }
  };
  const tell = (...texts: readonly string[]): void => {
    for (const text of texts) obey(story, text);
  };
  tell(...commands);
  tick();
  const server: AdminServer = await startAdminServer({ address: { host: "127.0.0.1", port: 0 }, report, metrics: createMetrics(report) });
  return {
    url: server.url,
    tell,
    pass,
    passSampled: async (ticks) => {
      for (let i = 0; i < ticks; i++) {
        pass(story.intervalMs / 1_000);
        await new Promise((resolve) => setTimeout(resolve, SAMPLED_WITHIN_MS));
      }
    },
    report: (parts) => {
      more = parts;
    },
    stop: () => server.stop(),
  };
}

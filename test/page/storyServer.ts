import { type AdminServer, startAdminServer } from "../../src/admin/adminServer.ts";
import { createMetrics } from "../../src/admin/metrics.ts";
import { DecisionRing } from "../../src/controller/decisionRing.ts";
import type { Report } from "../../src/controller/report.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import { obey } from "../../src/simulator/commands.ts";
import { Story } from "../../src/simulator/story.ts";
import { reportOf } from "../admin/reports.ts";

/** When the stories begin: an ordinary day, so that the page has ordinary times to show. */
const START_MS = Date.parse("2026-03-02T10:00:00Z");

/** How often the window samples success rates, and a little more. */
const SAMPLED_WITHIN_MS = 1_100;

/** A controller's window on a story that goes on as a test tells it. */
export interface StoryServer {
  readonly url: string;
  /** Commands as transcripts have them. */
  tell(...commands: readonly string[]): void;
  /** Lets so much of the story's time pass, with a look every interval. */
  pass(seconds: number): void;
  /** Lets time pass slowly enough for every look's success rates to be remembered. */
  passSeen(looks: number): Promise<void>;
  /** What is reported beside the story. */
  report(more: Partial<Report>): void;
  stop(): Promise<void>;
}

/** Begins a story of one split, and opens the window on it. */
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
  const look = (): void => {
    const { atMs, decisions: made } = story.tick();
    for (const decision of made) decisions.add({ atMs, decision, outcome: { outcome: "written", resourceVersion: "7" } });
  };
  const pass = (seconds: number): void => {
    for (let second = 0; second < seconds; second++) {
      story.passSecond();
      if ((story.nowMs - START_MS) % story.intervalMs === 0) look();
    }
  };
  const tell = (...texts: readonly string[]): void => {
    for (const text of texts) obey(story, { text, body: "" });
  };
  tell(...commands);
  look();
  const server: AdminServer = await startAdminServer({ address: { host: "127.0.0.1", port: 0 }, report, metrics: createMetrics(report) });
  return {
    url: server.url,
    tell,
    pass,
    passSeen: async (looks) => {
      for (let i = 0; i < looks; i++) {
        pass(story.intervalMs / 1_000);
        await new Promise((resolve) => setTimeout(resolve, SAMPLED_WITHIN_MS));
      }
    },
    report: (told) => {
      more = told;
    },
    stop: () => server.stop(),
  };
}

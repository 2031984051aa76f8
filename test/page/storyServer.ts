import { type AdminServer, startAdminServer } from "../../src/admin/adminServer.ts";
import { History } from "../../src/admin/history.ts";
import { createMetrics } from "../../src/admin/metrics.ts";
import { DecisionRing } from "../../src/controller/decisionRing.ts";
import type { Report } from "../../src/controller/report.ts";
import { decisionText } from "../../src/evaluator/explain/explain.ts";
import { type PastDecision, readDecisionText } from "../../src/evaluator/explain/pastDecision.ts";
import type { Outcome } from "../../src/evaluator/model/decision.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import type { RuleSet } from "../../src/rules/ruleSet.ts";
import { Story } from "../../src/simulator/story.ts";
import { reportOf } from "../admin/reports.ts";
import { obey } from "../simulator/obey.ts";

/** When the stories begin: a real date, so that the page shows plausible times. */
const START_MS = Date.parse("2026-03-02T02:50:00Z");

/** An admin server for a story that the test drives. */
export interface StoryServer {
  readonly url: string;
  /** Commands as in transcripts. */
  tell(...commands: readonly string[]): void;
  /** Lets time pass in the story, with a tick every interval; the history takes each tick. */
  pass(seconds: number): Promise<void>;
  /** Overrides parts of the report. */
  report(more: Partial<Report>): void;
  /** From now on nothing that is decided is written. */
  refuse(outcome: Outcome): void;
  /** As after a restart: what was decided is known from Events only, and nothing of the past was sampled. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Begins a story, and starts an admin server for it. */
export async function serveStory(commands: readonly string[], rules: RuleSet = DEFAULT_RULES): Promise<StoryServer> {
  const teller = new Teller(rules);
  teller.tell(commands);
  await teller.tick();
  let server = await teller.serve(0);
  return {
    get url() {
      return server.url;
    },
    tell: (...texts) => teller.tell(texts),
    pass: (seconds) => teller.pass(seconds),
    report: (parts) => {
      teller.more = parts;
    },
    refuse: (outcome) => {
      teller.story.writesLand = false;
      teller.outcome = outcome;
    },
    restart: async () => {
      await server.stop();
      teller.restart();
      server = await teller.serve(Number(new URL(server.url).port));
    },
    stop: () => server.stop(),
  };
}

/** A story with what a controller would remember of it. */
class Teller {
  readonly story: Story;
  more: Partial<Report> = {};
  outcome: Outcome = { outcome: "written", resourceVersion: "7" };
  #decisions = new DecisionRing();
  #past: readonly PastDecision[] = [];
  #history = new History();

  constructor(rules: RuleSet) {
    this.story = new Story(rules);
    this.story.nowMs = START_MS;
  }

  tell(texts: readonly string[]): void {
    for (const text of texts) obey(this.story, text);
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.story.passSecond();
      if ((this.story.nowMs - START_MS) % this.story.intervalMs === 0) await this.tick();
    }
  }

  async tick(): Promise<void> {
    const { atMs, decisions } = this.story.tick();
    for (const decision of decisions) this.#decisions.add({ atMs, decision, outcome: this.outcome });
    await this.#history.sample(this.story.state, this.story.nowMs);
  }

  restart(): void {
    this.#past = this.#decisions
      .newestFirst()
      .flatMap(({ atMs, decision }) => readDecisionText(decision.route, atMs, decisionText(decision)) ?? []);
    this.#decisions = new DecisionRing();
    this.#history = new History();
    this.story.restart();
  }

  serve(port: number): Promise<AdminServer> {
    const report = (): Report => ({
      ...reportOf([]),
      ...{ state: this.story.state, nowMs: this.story.nowMs, lastTickMs: this.story.nowMs, decisions: this.#decisions.newestFirst() },
      ...{ reload: { ok: true, atMs: START_MS - 3_600_000 }, ruleNames: this.story.rules.rules.map(({ name }) => name) },
      ...this.more,
    });
    const address = { host: "127.0.0.1", port };
    return startAdminServer({ address, report, metrics: createMetrics(report), past: () => this.#past, history: this.#history });
  }
}

import type { Metrics } from "../evaluator/model/observation.ts";
import { asksCounts } from "./asksCounts.ts";
import type { ObserverOptions } from "./createObserver.ts";
import { MetricsReader, type Subjects } from "./metricsReader.ts";
import { type QuestionsAt, TwoReaders } from "./twoReaders.ts";

/** Reads the metrics of a cluster, from one Prometheus or from two. */
export interface ReadMetrics {
  /** As `MetricsReader.ask`. */
  ask(subjects: Subjects, nowMs: number): Promise<Metrics>;
  /** As `MetricsReader.last`. */
  last(nowMs: number): Metrics;
  /** As `MetricsReader.stop`. */
  stop(): void;
  /** Whether each one that is asked answered its last query; null before the first. */
  up(): boolean | null;
}

/** Null: there is no Prometheus. */
export function readMetrics({ prometheus, mainPrometheus, intervalMs, ...options }: ReadMetricsOptions): ReadMetrics | null {
  if (prometheus === null) return null;
  const one = new MetricsReader(prometheus, intervalMs);
  if (mainPrometheus === undefined)
    return {
      ask: (subjects, nowMs) => one.ask(subjects, options.questions(), nowMs),
      last: (nowMs) => one.last(options.questions(), nowMs),
      stop: () => one.stop(),
      up: () => prometheus.up(),
    };
  const two = new TwoReaders(one, new MetricsReader(mainPrometheus, intervalMs));
  const questionsAt: QuestionsAt = (name) => options.questions(name);
  return {
    ask: (subjects, nowMs) => two.ask(subjects, questionsAt, nowMs),
    last: (nowMs) => two.last(questionsAt, nowMs),
    stop: () => two.stop(),
    // What it answered when it was asked last says nothing once it is asked no more.
    up: () => (asksCounts(options.questions("main")) ? both(prometheus.up(), mainPrometheus.up()) : prometheus.up()),
  };
}

type ReadMetricsOptions = Pick<ObserverOptions, "prometheus" | "mainPrometheus" | "questions" | "intervalMs">;

function both(fast: boolean | null, main: boolean | null): boolean | null {
  return fast === false || main === false ? false : (fast ?? main);
}

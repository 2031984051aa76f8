import { createCredentials } from "./credentials.ts";
import { FairTurns } from "./fairTurns.ts";
import type { QueryCounts } from "./observer.ts";
import type { PrometheusAccess } from "./prometheusAccess.ts";
import { failed, type QueryAnswer } from "./queryAnswer.ts";
import { type Question, sendQuery } from "./sendQuery.ts";

/** Time limit of a query, unless the interval is shorter. */
const QUERY_TIME_LIMIT_MS = 10_000;
/** Prometheus itself runs 20 at once. Two replicas ask it, each with two operators' queries beside these. */
const QUERIES_AT_ONCE = 8;
/** The others wait: each takes up to 90 MB while it is read. To read them at once would not end sooner, since that is one thread's work. */
const LARGE_ANSWERS_AT_ONCE = 1;
/** A query waits for its turn at most for this many time limits. An answer is used for longer than that. */
const WAIT_LIMITS = 2;

export interface PrometheusOptions extends PrometheusAccess {
  /** Upper limit for the duration of a query from the moment it is sent. */
  readonly intervalMs: number;
  /** Ends all queries: they are late then. */
  readonly until?: AbortSignal | undefined;
  /** After each query, for metrics. */
  onQuery?(outcome: QueryOutcome, durationMs: number): void;
  /** After each `query`, for the log; `why` is null if it was answered, `partial` if it was answered in full or not at all. */
  onAnswered?(why: string | null, partial: string | null): void;
}

export type QueryOutcome = keyof QueryCounts;

export interface PrometheusClient {
  /**
   * An instant query at `atMs`; absent: now by the clock of Prometheus. With `spanMs` the samples have two values: at `atMs`,
   * which must be given then, and so long before. Never throws.
   */
  query(promql: string, atMs?: number, spanMs?: number): Promise<QueryAnswer>;
  /**
   * The same for an operator's query. It does not share the turns of `query`, it does not change `up`, and it accepts a
   * scalar like a vector of one sample.
   */
  queryAside(promql: string, atMs?: number, spanMs?: number): Promise<QueryAnswer>;
  /** Whether the last `query` was answered; null before the first. */
  up(): boolean | null;
  counts(): QueryCounts;
}

/** Creates a client of one Prometheus that turns every bad answer into a short reason. */
export function createPrometheusClient(options: PrometheusOptions): PrometheusClient {
  const timeLimitMs = Math.min(QUERY_TIME_LIMIT_MS, options.intervalMs);
  const waitLimitMs = WAIT_LIMITS * timeLimitMs;
  const counts = { success: 0, partial: 0, error: 0, timeout: 0 };
  const turns = new FairTurns(QUERIES_AT_ONCE, waitLimitMs);
  const credentialsNow = createCredentials(options);
  let up: boolean | null = null;
  const counted = async (run: () => Promise<QueryAnswer>): Promise<QueryAnswer> => {
    const fromMs = performance.now();
    const answer = await run();
    const outcome = outcomeOf(answer);
    counts[outcome] += 1;
    options.onQuery?.(outcome, performance.now() - fromMs);
    return answer;
  };
  const largeTurns = new FairTurns(LARGE_ANSWERS_AT_ONCE, timeLimitMs);
  const ask = (question: Omit<Question, "timeLimitMs" | "enterLarge">): Promise<QueryAnswer> =>
    counted(() =>
      withTimeLimit(timeLimitMs, options.until, (signal) => {
        const enterLarge = () => largeTurns.enter(question.promql, signal);
        return sendQuery(options, credentialsNow, { ...question, timeLimitMs, enterLarge }, signal);
      }),
    );
  const noTurn = (): Promise<QueryAnswer> =>
    counted(async () => failed("timeout", `had no turn within ${waitLimitMs} ms: the answers to other queries are too slow`));
  return {
    query: async (promql, atMs, spanMs) => {
      const answer = (await turns.run(promql, () => ask({ promql, atMs, spanMs, scalars: false }))) ?? (await noTurn());
      up = answer.ok;
      options.onAnswered?.(answer.ok ? null : answer.why, answer.ok ? answer.partial : null);
      return answer;
    },
    queryAside: (promql, atMs, spanMs) => ask({ promql, atMs, spanMs, scalars: true }),
    up: () => up,
    counts: () => ({ ...counts }),
  };
}

function outcomeOf(answer: QueryAnswer): QueryOutcome {
  if (!answer.ok) return answer.outcome;
  return answer.partial === null ? "success" : "partial";
}

async function withTimeLimit(
  limitMs: number,
  until: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<QueryAnswer>,
): Promise<QueryAnswer> {
  if (until?.aborted === true) return failed("timeout", "no time was left to ask");
  const controller = new AbortController();
  const late = Promise.withResolvers<QueryAnswer>();
  const end = (why: string): void => {
    late.resolve(failed("timeout", why));
    controller.abort();
  };
  const timer = setTimeout(() => end(`no whole answer within ${limitMs} ms`), limitMs);
  const over = (): void => end("no whole answer in the time that was left");
  until?.addEventListener("abort", over, { once: true });
  try {
    return await Promise.race([run(controller.signal), late.promise]);
  } finally {
    clearTimeout(timer);
    until?.removeEventListener("abort", over);
  }
}

import { readFile } from "node:fs/promises";
import { PrometheusDriver } from "prometheus-query";
import { secretsIn, withoutSecrets } from "../kube/withoutSecrets.ts";
import type { Sample } from "../linkerd/counts.ts";
import type { QueryCounts } from "./observer.ts";

/** Time limit of a query, unless the interval is shorter. */
const QUERY_TIME_LIMIT_MS = 10_000;
/** About 30 000 leaf series with their labels are 13 MB. */
const ANSWER_LIMIT_BYTES = 32 * 1024 * 1024;
const SERIES_LIMIT = 100_000;
const QUERIES_AT_ONCE = 4;
/** Longer error texts are cut. */
const REASON_LIMIT_CHARS = 200;

export interface PrometheusOptions {
  readonly url: string;
  readonly auth: PrometheusAuth;
  /** Upper limit for the duration of a query, including the wait for its turn. */
  readonly intervalMs: number;
  /** After each query, for metrics. */
  onQuery?(outcome: QueryOutcome, durationMs: number): void;
  /** After each `query`, for the log; `why` is null if it was answered. */
  onAnswered?(why: string | null): void;
}

/** The files are read at each query, so a rotated secret is used at once. */
export type PrometheusAuth =
  | { readonly kind: "none" }
  | { readonly kind: "bearer"; readonly tokenFile: string }
  | { readonly kind: "basic"; readonly username: string; readonly passwordFile: string };

export type QueryOutcome = keyof QueryCounts;

export type QueryAnswer =
  | { readonly ok: true; readonly samples: readonly Sample[] }
  | { readonly ok: false; readonly outcome: Exclude<QueryOutcome, "success">; readonly why: string };

export interface PrometheusClient {
  /** An instant query at `atMs`; absent: now by the clock of Prometheus. Never throws. */
  query(promql: string, atMs?: number): Promise<QueryAnswer>;
  /**
   * The same for an operator's query. It does not share the turns of `query`, it does not change `up`, and it accepts a
   * scalar like a vector of one sample.
   */
  queryAside(promql: string, atMs?: number): Promise<QueryAnswer>;
  /** Whether the last `query` was answered; null before the first. */
  up(): boolean | null;
  counts(): QueryCounts;
}

/** Creates a client of one Prometheus that turns every bad answer into a short reason. */
export function createPrometheusClient(options: PrometheusOptions): PrometheusClient {
  const timeLimitMs = Math.min(QUERY_TIME_LIMIT_MS, options.intervalMs);
  const counts = { success: 0, error: 0, timeout: 0 };
  const turns = createTurns(QUERIES_AT_ONCE);
  let up: boolean | null = null;
  const counted = async (run: (signal: AbortSignal) => Promise<QueryAnswer>): Promise<QueryAnswer> => {
    const fromMs = performance.now();
    const answer = await withTimeLimit(timeLimitMs, run);
    const outcome = answer.ok ? "success" : answer.outcome;
    counts[outcome] += 1;
    options.onQuery?.(outcome, performance.now() - fromMs);
    return answer;
  };
  return {
    query: async (promql, atMs) => {
      const answer = await counted((signal) => turns(() => ask(options, { promql, atMs, timeLimitMs, signal, scalars: false })));
      up = answer.ok;
      options.onAnswered?.(answer.ok ? null : answer.why);
      return answer;
    },
    queryAside: (promql, atMs) => counted((signal) => ask(options, { promql, atMs, timeLimitMs, signal, scalars: true })),
    up: () => up,
    counts: () => ({ ...counts }),
  };
}

async function withTimeLimit(limitMs: number, run: (signal: AbortSignal) => Promise<QueryAnswer>): Promise<QueryAnswer> {
  const controller = new AbortController();
  const late = Promise.withResolvers<QueryAnswer>();
  const timer = setTimeout(() => {
    late.resolve({ ok: false, outcome: "timeout", why: `no whole answer within ${limitMs} ms` });
    controller.abort();
  }, limitMs);
  try {
    return await Promise.race([run(controller.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

interface Question {
  readonly promql: string;
  readonly atMs: number | undefined;
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
  /** Whether a scalar is a valid answer. */
  readonly scalars: boolean;
}

async function ask(options: PrometheusOptions, { promql, atMs, timeLimitMs, signal, scalars }: Question): Promise<QueryAnswer> {
  const seen: Seen = { status: null, secrets: [] };
  if (signal.aborted) return failed("error", "cancelled before it was sent");
  try {
    const authorization = await readAuthorization(options.auth);
    seen.secrets = secretsIn(authorization ?? "");
    const driver = createDriver(options.url, authorization, atMs === undefined, timeLimitMs, signal, seen);
    const result = await driver.instantQuery(promql, atMs, `${timeLimitMs}ms`);
    if (scalars && result.resultType === "scalar") return { ok: true, samples: [{ labels: {}, value: scalarOf(result.result) }] };
    if (result.resultType !== "vector") return failed("error", `the answer is a ${result.resultType}, not a vector`);
    return { ok: true, samples: result.result.map(toSample) };
  } catch (error) {
    return explain(error, seen);
  }
}

/** The status that the interceptors saw for one query, and the secrets of its request that must not appear in a reason. */
interface Seen {
  status: number | null;
  secrets: readonly string[];
}

/** Creates a driver for one query: only its interceptors can limit the size of an answer, cancel it and see its status. */
function createDriver(
  endpoint: string,
  authorization: string | null,
  now: boolean,
  timeLimitMs: number,
  signal: AbortSignal,
  seen: Seen,
): PrometheusDriver {
  return new PrometheusDriver({
    endpoint,
    preferPost: true,
    timeout: timeLimitMs,
    requestInterceptor: {
      onFulfilled: (config) => {
        config.signal = signal;
        config.maxContentLength = ANSWER_LIMIT_BYTES;
        // A redirected POST would lose its body, and its credentials might go to another host.
        config.maxRedirects = 0;
        config.validateStatus = (status) => {
          seen.status = status;
          return status >= 200 && status < 300;
        };
        if (authorization !== null) config.headers.set("Authorization", authorization);
        // The driver sends the time of this machine, which may differ from that of Prometheus.
        if (now && config.data instanceof URLSearchParams) config.data.delete("time");
        return config;
      },
    },
    responseInterceptor: {
      onFulfilled: (response) => {
        checkAnswer(response.data);
        return response;
      },
    },
  });
}

interface Body {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown };
}

/** Checks the body before the driver parses it: the driver reads `+Inf` as NaN, and it creates two objects per series. */
function checkAnswer(body: unknown): void {
  const { status, error, data } = (body ?? {}) as Body;
  // A proxy may have replaced the error status with 200.
  if (status === "error") throw new Error(typeof error === "string" ? error : "an error without a message");
  const result = data?.result;
  if (!Array.isArray(result)) return;
  if (result.length > SERIES_LIMIT) throw new Error(`the answer has ${result.length} series, more than ${SERIES_LIMIT}`);
  for (const element of result as { value?: unknown }[]) {
    const value = element?.value;
    if (data?.resultType === "vector" && value === undefined) throw new Error("the answer has native histograms, not numbers");
    if (Array.isArray(value) && typeof value[1] === "string") value[1] = value[1].replace("Inf", "Infinity");
  }
}

/** The number of a scalar, which the driver passes on as `[time, "value"]`. */
function scalarOf(result: unknown): number {
  const value: unknown = Array.isArray(result) ? result[1] : undefined;
  return typeof value === "string" && value !== "" ? Number(value.replace("Inf", "Infinity")) : Number.NaN;
}

function toSample(element: { metric: { labels: object } | null; value: { value: number } }): Sample {
  return { labels: (element.metric?.labels ?? {}) as Record<string, string>, value: element.value.value };
}

async function readAuthorization(auth: PrometheusAuth): Promise<string | null> {
  switch (auth.kind) {
    case "none":
      return null;
    case "bearer":
      return `Bearer ${(await readFile(auth.tokenFile, "utf8")).trim()}`;
    case "basic": {
      const password = (await readFile(auth.passwordFile, "utf8")).replace(/\r?\n$/, "");
      return `Basic ${Buffer.from(`${auth.username}:${password}`).toString("base64")}`;
    }
  }
}

interface Thrown {
  readonly errorType?: string;
  readonly error?: unknown;
  readonly message?: unknown;
  readonly code?: string;
  readonly prometheus?: { readonly errorType?: string };
  readonly original?: Thrown;
}

/** Turns what was thrown into an answer. The driver throws plain objects and wraps its own in a second one; everything else is an Error. */
function explain(thrown: unknown, seen: Seen): QueryAnswer {
  const outer = thrown as Thrown | null | undefined;
  const error = outer?.original?.errorType === undefined ? outer : outer.original;
  const text = withoutSecrets(String(error?.error ?? error?.message ?? thrown), seen.secrets);
  if (error?.errorType === "timeout_error" || error?.prometheus?.errorType === "timeout") return failed("timeout", text);
  if (error?.errorType === "client_error") return failed("error", `HTTP ${seen.status ?? "?"}: the answer is not Prometheus's JSON`);
  if (error?.errorType === "http_error") return failed("error", `HTTP ${seen.status ?? "?"}: ${text}`);
  return failed("error", text === "" ? (error?.code ?? "no answer") : text);
}

function failed(outcome: Exclude<QueryOutcome, "success">, why: string): QueryAnswer {
  return { ok: false, outcome, why: why.length > REASON_LIMIT_CHARS ? `${why.slice(0, REASON_LIMIT_CHARS)}…` : why };
}

/** Runs at most `atOnce` jobs at once; the others wait for their turn. */
function createTurns(atOnce: number): <T>(run: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (running >= atOnce) {
      const turn = Promise.withResolvers<void>();
      waiting.push(turn.resolve);
      await turn.promise;
    } else {
      running += 1;
    }
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

import { PrometheusDriver } from "prometheus-query";
import type { Sample } from "../linkerd/counts.ts";
import { checkAnswer, partialWords, Refused } from "./answerBody.ts";
import type { Credentials } from "./credentials.ts";
import type { PrometheusAccess } from "./prometheusAccess.ts";
import { failed, type QueryAnswer, shortened } from "./queryAnswer.ts";
import { type Moments, numberOf, type Reading, readAnswer } from "./readAnswer.ts";

export interface Question {
  readonly promql: string;
  readonly atMs: number | undefined;
  /** Present: the query is for two moments, `atMs` and so long before. */
  readonly spanMs: number | undefined;
  readonly timeLimitMs: number;
  /** Whether a scalar is a valid answer. */
  readonly scalars: boolean;
  /** Waits for the turn to read on in a large answer (`Reading`). */
  readonly enterLarge: Reading["enterLarge"];
}

/** Sends a query, and turns everything that comes back into an answer. Never throws. */
export async function sendQuery(
  access: PrometheusAccess,
  credentialsNow: () => Promise<Credentials>,
  question: Question,
  signal: AbortSignal,
): Promise<QueryAnswer> {
  const seen: Seen = { partial: null, samples: [], secrets: [] };
  const promql = access.select === undefined ? question.promql : access.select(question.promql);
  if (promql === null) return failed("error", "the query is not PromQL, so it cannot get the label matchers of --prometheus-selector");
  try {
    const credentials = await credentialsNow();
    seen.secrets = credentials.secrets;
    const driver = createDriver(access, credentials, question, signal, seen);
    const moments = momentsOf(question);
    const result = await ask(driver, promql, question, moments);
    const partial = seen.partial === null ? null : shortened(seen.partial, seen.secrets);
    if (question.scalars && result.resultType === "scalar")
      return { ok: true, samples: [{ labels: {}, value: scalarOf(result.result) }], partial };
    const wanted = moments === null ? "vector" : "matrix";
    if (result.resultType !== wanted) return failed("error", `the answer is a ${result.resultType}, not a ${wanted}`);
    return { ok: true, samples: seen.samples, partial };
  } catch (error) {
    return explain(error, seen.secrets);
  }
}

/** What the interceptors saw of one answer, and the secrets of its request. */
interface Seen {
  partial: string | null;
  samples: readonly Sample[];
  secrets: readonly string[];
}

/** Creates a driver for one query: only its interceptors can read an answer piece by piece, cancel it and see its status. */
function createDriver(
  access: PrometheusAccess,
  { headers, agent }: Credentials,
  question: Question,
  signal: AbortSignal,
  seen: Seen,
): PrometheusDriver {
  const { atMs, timeLimitMs } = question;
  const reading = { moments: momentsOf(question), enterLarge: question.enterLarge };
  return new PrometheusDriver({
    endpoint: access.url,
    preferPost: true,
    timeout: timeLimitMs,
    requestInterceptor: {
      onFulfilled: (config) => {
        config.signal = signal;
        config.responseType = "stream";
        // A redirected POST would lose its body, and its credentials might go to another host.
        config.maxRedirects = 0;
        // Every status reaches `checkAnswer`, with the server's words.
        config.validateStatus = () => true;
        if (agent !== null) config.httpsAgent = agent;
        for (const [name, value] of headers) config.headers.set(name, value);
        if (config.data instanceof URLSearchParams) {
          // The driver sends the time of this machine, which may differ from that of Prometheus.
          if (atMs === undefined) config.data.delete("time");
          for (const [name, value] of access.params ?? []) config.data.append(name, value);
        }
        return config;
      },
    },
    responseInterceptor: {
      onFulfilled: async (response) => {
        const { body, samples, lacksValues } = await readAnswer(response.data as AsyncIterable<Uint8Array>, reading);
        checkAnswer(
          response.status,
          redirection(response, access.url) ?? body,
          lacksValues,
          reading.moments === null ? "vector" : "matrix",
        );
        seen.partial = partialWords(body);
        seen.samples = samples;
        return { ...response, data: body };
      },
    },
  });
}

/** The words for a redirect, as to a page for a login; null: it is none. A query string in it may be secret. */
function redirection({ status, headers }: { readonly status: number; readonly headers: unknown }, base: string): string | null {
  if (status < 300 || status > 399) return null;
  const { location } = headers as { readonly location?: unknown };
  if (typeof location !== "string" || !URL.canParse(location, base)) return null;
  const { protocol, host, pathname } = new URL(location, base);
  return `redirected to ${protocol}//${host}${pathname}, which is not followed`;
}

/** Null: the query is for one moment. */
function momentsOf({ atMs, spanMs }: Question): Moments | null {
  return atMs === undefined || spanMs === undefined ? null : { nowMs: atMs, beforeMs: atMs - spanMs };
}

/** Two moments are a range of two steps, which Prometheus reads at once. */
function ask(driver: PrometheusDriver, promql: string, { atMs, timeLimitMs }: Question, moments: Moments | null) {
  const timeout = `${timeLimitMs}ms`;
  if (moments === null) return driver.instantQuery(promql, atMs, timeout);
  const { beforeMs, nowMs } = moments;
  return driver.rangeQuery(promql, beforeMs, nowMs, (nowMs - beforeMs) / 1_000, timeout);
}

/** The number of a scalar, which the driver passes on as `[time, "value"]`. */
function scalarOf(result: unknown): number {
  return Array.isArray(result) ? numberOf(result[1]) : Number.NaN;
}

interface Thrown {
  readonly errorType?: string;
  readonly error?: unknown;
  readonly message?: unknown;
  readonly code?: string;
  readonly original?: unknown;
}

/** Turns what was thrown into an answer. The driver throws plain objects around what it caught; everything else is an Error. */
function explain(thrown: unknown, secrets: readonly string[]): QueryAnswer {
  const error = (thrown ?? {}) as Thrown;
  if (error.original instanceof Refused) return failed(error.original.outcome, error.original.message, secrets);
  const text = String(error.error ?? error.message ?? thrown);
  if (error.errorType === "timeout_error") return failed("timeout", text, secrets);
  return failed("error", text === "" ? (error.code ?? "no answer") : text, secrets);
}

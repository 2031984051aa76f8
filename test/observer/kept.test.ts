import { describe, expect, it } from "vitest";
import type { Sample } from "../../src/linkerd/counts.ts";
import { CLOCK_QUERY, TIME_QUERY, TWO_MOMENTS_QUERY } from "../../src/linkerd/queries.ts";
import { keptAt, NOTHING_KNOWN } from "../../src/observer/kept.ts";
import type { PrometheusClient } from "../../src/observer/prometheus.ts";
import type { QueryAnswer } from "../../src/observer/queryAnswer.ts";

const NOW_S = 1_767_268_800.123;
const ABLE = { clock: "kept", leavesBy: "dst_namespace", twoMoments: true, tellsSteady: true } as const;
const vector = (...samples: readonly Sample[]): QueryAnswer => ({ ok: true, samples, partial: null });
const sample = (value: number, before?: number): Sample => ({ labels: {}, value, ...(before === undefined ? {} : { before }) });
const REFUSED: QueryAnswer = { ok: false, outcome: "error", why: "HTTP 400: unexpected character: '@'" };
const LATE: QueryAnswer = { ok: false, outcome: "timeout", why: "late" };

/** A server that answers so when it is asked for two moments. */
function server(twoMoments: QueryAnswer): PrometheusClient {
  const queryAside = async (promql: string, atMs?: number, spanMs?: number): Promise<QueryAnswer> => {
    if (promql === TIME_QUERY) return vector(sample(NOW_S));
    if (promql === CLOCK_QUERY) return vector(sample(3));
    if (promql !== TWO_MOMENTS_QUERY) return vector();
    expect([atMs, spanMs]).toEqual([1_767_268_800_123, 30_000]);
    return twoMoments;
  };
  return { queryAside } as unknown as PrometheusClient;
}

describe("whether a server can be asked for two moments", () => {
  it.each([
    ["yes, if its two answers are for the two times", vector(sample(NOW_S, NOW_S - 30)), true],
    ["no, if it fills in the last value", vector(sample(NOW_S - 30, NOW_S - 30)), false],
    ["no, if it rounds the times", vector(sample(NOW_S - 0.123, NOW_S - 30.123)), false],
    ["no, if it has no answer for the earlier one", vector(sample(NOW_S)), false],
    ["no, if it has no `up`", vector(), false],
    ["no, if it refuses the query", REFUSED, false],
  ])("%s", async (_, answer, twoMoments) => {
    expect(await keptAt(server(answer), undefined)).toEqual({ ...ABLE, twoMoments });
    expect(await keptAt(server(answer), undefined, { ...ABLE, twoMoments: !twoMoments })).toEqual({ ...ABLE, twoMoments });
  });

  it.each([
    ["late", LATE],
    ["partial", { ...vector(sample(NOW_S - 30, NOW_S - 30)), partial: "a store is away" } as QueryAnswer],
  ])("stays as it was known if the answer is %s", async (_, answer) => {
    expect(await keptAt(server(answer), undefined, ABLE)).toEqual(ABLE);
    expect(await keptAt(server(answer), undefined)).toEqual({ ...ABLE, twoMoments: NOTHING_KNOWN.twoMoments });
  });
});

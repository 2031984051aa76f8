import { expect, it } from "vitest";
import { TIME_QUERY } from "../../src/linkerd/queries.ts";
import { askCounters } from "../../src/observer/askCounters.ts";
import type { QueryAnswer } from "../../src/observer/queryAnswer.ts";

const NOW_S = 1_767_268_800.123;
const vector = (value: number): QueryAnswer => ({ ok: true, samples: [{ labels: {}, value }], partial: null });

/** An asker, and what it sends. */
function asker(time: QueryAnswer, atMs?: number) {
  const sent: unknown[] = [];
  const ask = askCounters(async (...asked) => {
    sent.push(asked);
    return asked[0] === TIME_QUERY ? time : vector(1);
  }, atMs);
  return { ask, sent };
}

it("asks the server's time once for all queries of two moments, and for no other", async () => {
  const { ask, sent } = asker(vector(NOW_S));
  await Promise.all([ask("one"), ask({ promql: "increase", spanMs: null })]);
  expect(sent).toEqual([
    ["one", undefined],
    ["increase", undefined],
  ]);
  await Promise.all([ask({ promql: "a", spanMs: 30_000 }), ask({ promql: "b", spanMs: 60_000 })]);
  expect(sent.slice(2)).toEqual([[TIME_QUERY], ["a", 1_767_268_800_123, 30_000], ["b", 1_767_268_800_123, 60_000]]);
});

it("needs no time of the server for a time in the past", async () => {
  const { ask, sent } = asker(vector(NOW_S), 5_000);
  await ask({ promql: "a", spanMs: 1_000 });
  expect(sent).toEqual([["a", 5_000, 1_000]]);
});

it.each([
  ["late", { ok: false, outcome: "timeout", why: "late" } as const, "late"],
  ["no number", vector(Number.NaN), "Prometheus did not tell its time"],
  ["empty", { ok: true, samples: [], partial: null } as const, "Prometheus did not tell its time"],
])("has no answer for two moments if that for the time is %s", async (_, time, why) => {
  const { ask } = asker(time);
  expect(await ask({ promql: "a", spanMs: 1_000 })).toMatchObject({ ok: false, why });
  expect(await ask("one")).toEqual(vector(1));
});

import { expect, it } from "vitest";
import { TIME_QUERY } from "../../src/linkerd/queries.ts";
import { whileSteady } from "../../src/linkerd/steady.ts";
import { askCounters, CHANGED_LIMIT } from "../../src/observer/askCounters.ts";
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

const FAMILY = { selector: 'response_total{direction="outbound"}', by: ["authority"], own: ["error"], windowMs: 30_000 };
const ERROR: QueryAnswer = { ok: false, outcome: "error", why: "no" };
const PARTIAL: QueryAnswer = { ok: true, samples: [], partial: "a store is away" };
const counts = (...samples: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[]): QueryAnswer => ({
  ok: true,
  samples: samples.map(([labels, value]) => ({ labels, value })),
  partial: null,
});
const changed = (...instances: readonly string[]): QueryAnswer => counts(...instances.map((instance) => [{ instance }, 1] as const));

/** What is answered about a family that proxies drop, and the kinds of the queries that were sent. */
async function askDropped({ who = changed(), steady = counts([{ authority: "a" }, 100]), others = counts([{ authority: "b" }, 5]) }) {
  const sent: string[] = [];
  const query = whileSteady(FAMILY);
  const ask = askCounters(async (promql, _, spanMs) => {
    if (promql === TIME_QUERY) return vector(NOW_S);
    const kind = promql === query.apart?.changed ? "who" : promql === query.promql ? "all" : spanMs === undefined ? "others" : "steady";
    sent.push(`${kind}${spanMs === undefined ? "" : ` ${spanMs}`} ${/instance[!=]~"[^"]*"/.exec(promql)?.[0] ?? ""}`.trim());
    return { who, steady, others, all: counts([{ authority: "all" }, 1]) }[kind];
  }, undefined);
  const answer = await ask(query);
  return { sent, answer, counted: answer.ok ? answer.samples.map(({ labels }) => labels["authority"]) : [] };
}

it("subtracts the values of steady proxies, and takes the increase of the others alone", async () => {
  expect(await askDropped({})).toMatchObject({ sent: ["who", "steady 30000"], counted: ["a"] });
  expect(await askDropped({ who: changed("10.0.0.2:4191", "10.0.0.1:4191", "10.0.0.1:4191") })).toMatchObject({
    sent: [
      "who",
      String.raw`steady 30000 instance!~"10\\.0\\.0\\.1:4191|10\\.0\\.0\\.2:4191"`,
      String.raw`others instance=~"10\\.0\\.0\\.1:4191|10\\.0\\.0\\.2:4191"`,
    ],
    counted: ["a", "b"],
  });
});

it.each<[string, QueryAnswer]>([
  ["unknown", ERROR],
  ["known in part", PARTIAL],
  ["too many", changed(...Array.from({ length: CHANGED_LIMIT + 1 }, (_, i) => `10.0.0.${i}:4191`))],
  ["without an instance", counts([{ pod: "a" }, 1])],
])("takes the increase of all proxies where those that have changed are %s", async (_, who) => {
  expect(await askDropped({ who })).toMatchObject({ sent: ["who", "all"], counted: ["all"] });
});

it("takes the increase of all proxies if more have changed meanwhile", async () => {
  const steady = counts([{ authority: "a" }, 100], [{ changed_since: "true" }, 1]);
  expect(await askDropped({ steady })).toMatchObject({ sent: ["who", "steady 30000", "all"], counted: ["all"] });
});

it("has no whole answer if either half has none", async () => {
  expect((await askDropped({ steady: ERROR })).answer).toEqual(ERROR);
  expect((await askDropped({ who: changed("x"), others: ERROR })).answer).toEqual(ERROR);
  expect((await askDropped({ who: changed("x"), others: PARTIAL })).answer).toMatchObject({ ok: true, partial: "a store is away" });
});

it("asks once who has changed, for all families of a window", async () => {
  let asked = 0;
  const ask = askCounters(async (promql) => {
    if (promql === whileSteady(FAMILY).apart?.changed) asked += 1;
    return promql === TIME_QUERY ? vector(NOW_S) : counts();
  }, undefined);
  await Promise.all([FAMILY, { ...FAMILY, selector: "request_total" }].map((family) => ask(whileSteady(family))));
  expect(asked).toBe(1);
});

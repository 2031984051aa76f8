import { expect, it } from "vitest";
import { createPrometheusClient } from "../../src/observer/prometheus.ts";
import type { QueryAnswer } from "../../src/observer/queryAnswer.ts";
import { openWire } from "../kube/wire.ts";

const NOW_MS = 1_700_000_000_123;
const NOW_S = 1_700_000_000.123;
const BEFORE_S = NOW_S - 30;

/** What is asked, and read of this answer. */
async function ask(resultType: string, result: unknown): Promise<{ readonly asked: unknown; readonly answer: QueryAnswer }> {
  const asked: unknown[] = [];
  await using wire = await openWire(async (request, response) => {
    let body = "";
    for await (const piece of request) body += String(piece);
    const { start, end, step, time } = Object.fromEntries(new URLSearchParams(body));
    asked.push(request.url, { start, end, step, time });
    response.end(JSON.stringify({ status: "success", data: { resultType, result } }));
  });
  const client = createPrometheusClient({ url: wire.url, auth: { kind: "none" }, intervalMs: 10_000 });
  return { answer: await client.query("x", NOW_MS, 30_000), asked };
}

const series = (...values: unknown[]) => ({ metric: { a: "b" }, values });

it("two moments are the steps of a range", async () => {
  const { asked, answer } = await ask("matrix", [series([BEFORE_S, "2"], [NOW_S, "9"])]);
  expect(asked).toEqual(["/api/v1/query_range", { start: String(BEFORE_S), end: String(NOW_S), step: "30", time: undefined }]);
  expect(answer).toEqual({ ok: true, partial: null, samples: [{ labels: { a: "b" }, value: 9, before: 2 }] });
});

it("a series without the earlier value is new, and nothing is known of one without the later", async () => {
  const { answer } = await ask("matrix", [series([NOW_S, "9"]), { ...series([BEFORE_S, "2"]), metric: { a: "gone" } }]);
  expect(answer).toMatchObject({ ok: true, samples: [{ labels: { a: "b" }, value: 9 }] });
  expect(answer.ok && answer.samples[0]).not.toHaveProperty("before");
});

it.each([
  ["of another time", "matrix", [series([BEFORE_S, "2"], [NOW_S - 0.123, "9"])], "the answer is for other times than those of the query"],
  ["of one moment", "vector", [], "the answer is a vector, not a matrix"],
  ["with one value a series", "matrix", [{ metric: {}, value: [NOW_S, "9"] }], "the answer has native histograms, not numbers"],
  ["with native histograms", "matrix", [{ metric: {}, histograms: [] }], "the answer has native histograms, not numbers"],
  ["with unreadable values", "matrix", [series("9")], "the answer has native histograms, not numbers"],
])("an answer %s is refused", async (_, resultType, result, why) => {
  expect((await ask(resultType, result)).answer).toEqual({ ok: false, outcome: "error", why });
});

import { beforeEach, describe, expect, it } from "vitest";
import { queryKey } from "../../src/evaluator/model/observation.ts";
import { MetricsReader } from "../../src/observer/metricsReader.ts";
import type { PrometheusClient } from "../../src/observer/prometheus.ts";
import type { QueryAnswer } from "../../src/observer/queryAnswer.ts";
import { TwoReaders } from "../../src/observer/twoReaders.ts";
import type { Questions } from "../../src/rules/questions.ts";
import { route } from "./fakeCodec.ts";

const INTERVAL_MS = 5_000;
const WINDOW_MS = 30_000;
const WEB = route("shop", "web", ["web", "web-east"]);
const SUBJECTS = { routes: [WEB], clusters: new Map(), linked: new Map() };
const NOTHING: Questions = { requests: [], latency: [], unanswered: [], gateway: false, queries: () => [] };
const OK: QueryAnswer = { ok: true, partial: null, samples: [] };

/** A Prometheus that answers as told, and what it was asked. */
function prometheus(answer: () => Promise<QueryAnswer>) {
  const asked: string[] = [];
  const ask = (promql: string) => {
    asked.push(promql);
    return answer();
  };
  const client: PrometheusClient = {
    ...{ query: ask, queryAside: ask, up: () => true },
    counts: () => ({ success: 0, partial: 0, error: 0, timeout: 0 }),
  };
  return { asked, client };
}

let answers: { fast: () => Promise<QueryAnswer>; main: () => Promise<QueryAnswer> };
let fast: ReturnType<typeof prometheus>;
let main: ReturnType<typeof prometheus>;
let questions: { fast: Questions; main: Questions };
let readers: TwoReaders;

beforeEach(() => {
  answers = { fast: async () => OK, main: async () => OK };
  [fast, main] = [prometheus(() => answers.fast()), prometheus(() => answers.main())];
  questions = { fast: { ...NOTHING, requests: [WINDOW_MS] }, main: { ...NOTHING, requests: [WINDOW_MS] } };
  readers = new TwoReaders(new MetricsReader(fast.client, INTERVAL_MS), new MetricsReader(main.client, INTERVAL_MS));
});

const questionsAt = (name: "fast" | "main") => questions[name];
const ask = (nowMs = 0) => readers.ask(SUBJECTS, questionsAt, nowMs);
/** The states of the two equally long windows. */
const statesOf = ({ requests, main: ofMain }: Awaited<ReturnType<typeof ask>>) =>
  [requests, ofMain?.requests].map((own) => own?.get(WINDOW_MS)?.state);

describe("two readers", () => {
  it("ask each Prometheus, though the windows are equally long", async () => {
    expect(statesOf(await ask())).toEqual(["answered", "answered"]);
    const [ofFast, ofMain] = [fast, main].map(({ asked }) => asked.filter((promql) => promql.includes("30s")).length);
    expect(ofFast).toBeGreaterThan(0);
    expect(ofMain).toBe(ofFast);
  });

  it("fail only the readings of the one that is down", async () => {
    answers.main = async () => ({ ok: false, outcome: "error", why: "away" });
    expect(statesOf(await ask())).toEqual(["answered", "failed"]);
    [answers.main, answers.fast] = [answers.fast, answers.main];
    expect(statesOf(await ask(INTERVAL_MS))).toEqual(["failed", "answered"]);
  });

  it("do not wait long for the main one, and take what it answers later", async () => {
    const late = Promise.withResolvers<QueryAnswer>();
    answers.main = () => late.promise;
    const fromMs = performance.now();
    expect(statesOf(await ask())).toEqual(["answered", "failed"]);
    expect(performance.now() - fromMs).toBeLessThan(4_000);
    const before = main.asked.length;
    await ask(INTERVAL_MS);
    expect(main.asked).toHaveLength(before);
    late.resolve(OK);
    await expect.poll(() => statesOf(readers.last(questionsAt, INTERVAL_MS))).toEqual(["answered", "answered"]);
  });

  it("leave the main one alone unless the rules ask it", async () => {
    questions.main = NOTHING;
    await ask();
    await readers.ask({ ...SUBJECTS, routes: [] }, questionsAt, INTERVAL_MS);
    expect(main.asked).toEqual([]);
  });

  it("ask one's own queries where they belong", async () => {
    const query = (name: string) => ({ ...NOTHING, queries: () => [{ name, query: name }] });
    questions = { fast: query("near"), main: query("far") };
    answers.fast = async () => ({ ok: true, partial: null, samples: [{ labels: {}, value: 1 }] });
    answers.main = async () => ({ ok: true, partial: null, samples: [{ labels: {}, value: 2 }] });
    await ask();
    const values = () => {
      const { queries } = readers.last(questionsAt, 0);
      return ["near", "far"].map((name) => queries.get(queryKey(WEB.key, "web", name)));
    };
    await expect.poll(values).toEqual([1, 2].map((value) => ({ state: "answered", value })));
    expect([fast.asked, main.asked]).toEqual([["near"], ["far"]]);
  });

  it("ask about the clients of a suspect where its success rate is counted", async () => {
    await readers.ask({ ...SUBJECTS, suspects: new Map([[WEB.key, { windowMs: WINDOW_MS, prometheus: "main" }]]) }, questionsAt, 0);
    const aboutClients = ({ asked }: typeof fast) => asked.some((promql) => promql.includes("kubernetes_pod_name"));
    await expect.poll(() => aboutClients(main)).toBe(true);
    expect(aboutClients(fast)).toBe(false);
  });
});

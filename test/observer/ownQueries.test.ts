import { beforeEach, describe, expect, it } from "vitest";
import { OwnQueries } from "../../src/observer/ownQueries.ts";
import type { PrometheusClient } from "../../src/observer/prometheus.ts";
import type { QueryAnswer } from "../../src/observer/queryAnswer.ts";

const AGE_LIMIT_MS = 15_000;

let asked: { readonly text: string; answer(given: QueryAnswer): Promise<void> }[];
let own: OwnQueries;

beforeEach(() => {
  asked = [];
  const prometheus: PrometheusClient = {
    query: () => Promise.reject(new Error("not aside")),
    queryAside: (text) => {
      const pending = Promise.withResolvers<QueryAnswer>();
      const settle = async (given: QueryAnswer): Promise<void> => {
        pending.resolve(given);
        await new Promise(setImmediate);
      };
      asked.push({ text, answer: settle });
      return pending.promise;
    },
    up: () => true,
    counts: () => ({ success: 0, partial: 0, error: 0, timeout: 0 }),
  };
  own = new OwnQueries(prometheus, AGE_LIMIT_MS);
});

const texts = (): string[] => asked.map(({ text }) => text);
const one = (value: number): QueryAnswer => ({ ok: true, partial: null, samples: [{ labels: {}, value }] });

function queries(...names: string[]) {
  return names.map((name) => ({ key: `key of ${name}`, text: name, namespace: name.split("/").at(-2) ?? "" }));
}

describe("asking", () => {
  it("takes the namespaces in turn, so that one with many queries does not delay the others", async () => {
    const all = queries(...Array.from({ length: 500 }, (_, i) => `flood/${i}`), "calm/a", "calm/b", "other/c");
    for (let tick = 0; tick < 3; tick += 1) {
      own.send(all, tick * 1_000);
      // By the next tick, 6 of 503 queries have been sent.
      for (let i = 0; i < 6; i += 1) await asked.shift()?.answer(one(1));
    }
    const known = [...own.answers(3_000).keys()].map((key) => key.slice("key of ".length));
    expect(known).toEqual(expect.arrayContaining(["calm/a", "calm/b", "other/c"]));
    expect(known.filter((name) => name.startsWith("flood/")).length).toBeGreaterThan(5);
  });

  it("sends equal texts once for all keys", async () => {
    own.send([...queries("a"), { key: "again", text: "a", namespace: "" }], 0);
    expect(texts()).toEqual(["a"]);
    expect(own.answers(0)).toEqual(new Map());
    await asked[0]?.answer(one(7));
    const answered = { state: "answered", value: 7 };
    expect(own.answers(1)).toEqual(
      new Map([
        ["key of a", answered],
        ["again", answered],
      ]),
    );
  });

  it("runs two at once, in turn, and sends no query again that is running", async () => {
    own.send(queries("a", "b", "c", "d"), 0);
    own.send(queries("a", "b", "c", "d"), 5_000);
    expect(texts()).toEqual(["a", "b"]);
    await asked[1]?.answer(one(1));
    expect(texts()).toEqual(["a", "b", "c"]);
    own.send(queries("a", "b", "c", "d"), 10_000);
    await asked[2]?.answer(one(1));
    await asked[3]?.answer(one(1));
    expect(texts()).toEqual(["a", "b", "c", "d", "b"]);
  });

  it("does not block the others behind a slow one", async () => {
    own.send(queries("slow", "a", "b"), 0);
    await asked[1]?.answer(one(1));
    await asked[2]?.answer(one(2));
    expect([...own.answers(1).keys()]).toEqual(["key of a", "key of b"]);
  });

  it("drops queries that are no longer needed, whether waiting, running or answered", async () => {
    own.send(queries("a", "b", "c", "d"), 0);
    await asked[0]?.answer(one(1));
    own.send(queries("d"), 1);
    await asked[1]?.answer(one(1));
    await asked[2]?.answer(one(1));
    expect(texts()).toEqual(["a", "b", "c", "d"]);
    own.send(queries("a", "b", "c", "d"), 2);
    expect(own.answers(2)).toEqual(new Map());
  });

  it("sends no query after the stop", async () => {
    own.send(queries("a", "b", "c"), 0);
    own.stop();
    await asked[0]?.answer(one(1));
    expect(texts()).toEqual(["a", "b"]);
  });
});

describe("an answer", () => {
  async function read(answer: QueryAnswer) {
    own.send(queries("a"), 0);
    await asked[0]?.answer(answer);
    return own.answers(0).get("key of a");
  }

  it.each([
    ["one number", one(-0.5), { state: "answered", value: -0.5 }],
    ["nothing", { ok: true, partial: null, samples: [] }, { state: "answered", value: null }],
    [
      "several",
      { ok: true, partial: null, samples: [1, 2].map((value) => ({ labels: {}, value })) },
      { state: "failed", error: "the answer has 2 series, not one" },
    ],
    [
      "a partial one",
      { ok: true, samples: [{ labels: {}, value: 1 }], partial: "store away" },
      { state: "failed", error: "the answer is partial: store away" },
    ],
    ["NaN", one(Number.NaN), { state: "failed", error: "the answer is NaN" }],
    ["+Inf", one(Number.POSITIVE_INFINITY), { state: "failed", error: "the answer is Infinity" }],
    ["-Inf", one(Number.NEGATIVE_INFINITY), { state: "failed", error: "the answer is -Infinity" }],
    ["a failure", { ok: false, outcome: "error", why: "parse error" }, { state: "failed", error: "parse error" }],
  ] satisfies [string, QueryAnswer, object][])("%s", async (_what, answer, expected) => expect(await read(answer)).toEqual(expected));

  it("becomes stale", async () => {
    await read(one(1));
    own.send(queries("a"), AGE_LIMIT_MS);
    expect(own.answers(AGE_LIMIT_MS).get("key of a")).toMatchObject({ state: "answered" });
    expect(own.answers(AGE_LIMIT_MS + 1).get("key of a")).toEqual({ state: "failed", error: "the last answer is 15 s old" });
  });
});

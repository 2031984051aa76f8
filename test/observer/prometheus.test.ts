import type { IncomingMessage } from "node:http";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createPrometheusClient } from "../../src/observer/prometheus.ts";
import type { PrometheusAuth } from "../../src/observer/prometheusAccess.ts";
import { type Listener, openWire, type Wire } from "../kube/wire.ts";

const GENEROUS_MS = 10_000;

function client(wire: Wire, auth: PrometheusAuth = { kind: "none" }, intervalMs = GENEROUS_MS) {
  return createPrometheusClient({ url: wire.url, auth, intervalMs });
}

function vector(...result: unknown[]): string {
  return JSON.stringify({ status: "success", data: { resultType: "vector", result } });
}

function answering(text: string, status = 200): Listener {
  return (_request, response) => response.writeHead(status, { "content-type": "application/json" }).end(text);
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
}

describe("asking", () => {
  it("posts the query, and by default leaves the time to Prometheus", async () => {
    const seen: unknown[] = [];
    await using wire = await openWire(async (request, response) => {
      const body = await bodyOf(request);
      seen.push([request.method, request.url, body.get("query"), body.get("time"), body.get("timeout")]);
      response.end(vector());
    });
    const prometheus = client(wire, { kind: "none" }, 5000);
    await prometheus.query('up{job="a&b"}');
    await prometheus.query("up", 1_700_000_000_500);
    expect(seen).toEqual([
      ["POST", "/api/v1/query", 'up{job="a&b"}', null, "5000ms"],
      ["POST", "/api/v1/query", "up", "1700000000.5", "5000ms"],
    ]);
  });

  it("keeps a path prefix, as behind a proxy", async () => {
    const seen: unknown[] = [];
    await using wire = await openWire((request, response) => {
      seen.push(request.url);
      response.end(vector());
    });
    await createPrometheusClient({ url: `${wire.url}/prom/`, auth: { kind: "none" }, intervalMs: GENEROUS_MS }).query("up");
    expect(seen).toEqual(["/prom/api/v1/query"]);
  });

  it("reads labels and values, including NaN and infinities", async () => {
    const values = ["1.5", "NaN", "+Inf", "-Inf", "1e3"];
    await using wire = await openWire(
      answering(vector(...values.map((value) => ({ metric: { __name__: "x", a: value }, value: [1, value] })))),
    );
    expect(await client(wire).query("x")).toEqual({
      ok: true,
      partial: null,
      samples: [1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1000].map((value, i) => ({
        labels: { a: values[i] },
        value,
      })),
    });
  });

  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ])("reads an answer in %s, as VictoriaMetrics compresses it, with more than Prometheus says", async (encoding, compress) => {
    const body = {
      isPartial: false,
      stats: { seriesFetched: "1" },
      trace: {},
      ...JSON.parse(vector({ metric: { a: "b" }, value: [1, "5"] })),
    };
    await using wire = await openWire((_request, response) =>
      response.writeHead(200, { "content-encoding": encoding }).end(compress(JSON.stringify(body, null, 2))),
    );
    expect(await client(wire).query("x")).toEqual({ ok: true, partial: null, samples: [{ labels: { a: "b" }, value: 5 }] });
  });

  it.each<[string, object, string | null]>([
    ["a warning", { warnings: ["fetch series: store away"] }, "fetch series: store away"],
    ["several warnings", { warnings: ["a", "b", "c"] }, "a (and 2 more)"],
    ["isPartial, as VictoriaMetrics says", { isPartial: true }, "isPartial"],
    ["no warning", { warnings: [], infos: ["PromQL info: not a counter"], isPartial: false }, null],
    ["null for warnings", { warnings: null, infos: null }, null],
    ["a remark about the query", { warnings: ["PromQL info: metric might not be a counter"] }, null],
    ["a long warning", { warnings: [`a\n${"b".repeat(300)}`] }, `a ${"b".repeat(198)}…`],
  ])("tells that an answer is partial by %s", async (_what, more, partial) => {
    await using wire = await openWire(answering(JSON.stringify({ ...JSON.parse(vector()), ...more })));
    const told: unknown[] = [];
    const prometheus = createPrometheusClient({
      url: wire.url,
      auth: { kind: "none" },
      intervalMs: GENEROUS_MS,
      onQuery: (outcome) => told.push(outcome),
      onAnswered: (...given) => told.push(given),
    });
    expect(await prometheus.query("x")).toEqual({ ok: true, samples: [], partial });
    expect(await prometheus.queryAside("x")).toEqual({ ok: true, samples: [], partial });
    const outcome = partial === null ? "success" : "partial";
    expect(told).toEqual([outcome, [null, partial], outcome]);
    expect(prometheus.up()).toBe(true);
    expect(prometheus.counts()).toEqual({ success: 0, partial: 0, error: 0, timeout: 0, [outcome]: 2 });
  });

  it("sends parameters and the label matchers with each query", async () => {
    const seen: unknown[] = [];
    await using wire = await openWire(async (request, response) => {
      seen.push(Object.fromEntries(await bodyOf(request)));
      response.end(vector());
    });
    const params = [["partial_response", "false"]] as const;
    const select = (promql: string) => (promql === "no" ? null : `${promql}{a="b"}`);
    const prometheus = createPrometheusClient({ url: wire.url, auth: { kind: "none" }, intervalMs: 5_000, params, select });
    await prometheus.query("x");
    await prometheus.queryAside("y");
    const sent = { timeout: "5000ms", partial_response: "false" };
    expect(seen).toEqual([
      { query: 'x{a="b"}', ...sent },
      { query: 'y{a="b"}', ...sent },
    ]);
    expect(await prometheus.query("no")).toMatchObject({ ok: false, why: expect.stringContaining("--prometheus-selector") });
    expect(seen).toHaveLength(2);
  });

  it("counts outcomes, times them and knows whether Prometheus is up", async () => {
    let good = true;
    await using wire = await openWire((_request, response) => (good ? response.end(vector()) : response.writeHead(500).end("no")));
    const told: string[] = [];
    const prometheus = createPrometheusClient({
      url: wire.url,
      auth: { kind: "none" },
      intervalMs: GENEROUS_MS,
      onQuery: (outcome, durationMs) => told.push(`${outcome} ${durationMs > 0}`),
    });
    expect(prometheus.up()).toBeNull();
    await prometheus.query("x");
    expect(prometheus.up()).toBe(true);
    good = false;
    await prometheus.query("x");
    expect(prometheus.up()).toBe(false);
    expect(prometheus.counts()).toEqual({ success: 1, partial: 0, error: 1, timeout: 0 });
    expect(told).toEqual(["success true", "error true"]);
  });

  it("runs few queries at once; those that had no turn within two time limits are late, too", async () => {
    let open = 0;
    let most = 0;
    await using wire = await openWire(() => {
      open += 1;
      most = Math.max(most, open);
    });
    const prometheus = client(wire, { kind: "none" }, 200);
    const answers = await Promise.all(Array.from({ length: 40 }, () => prometheus.query("x")));
    expect(most).toBeLessThanOrEqual(24);
    expect(prometheus.counts()).toEqual({ success: 0, partial: 0, error: 0, timeout: 40 });
    expect(answers[0]).toEqual({ ok: false, outcome: "timeout", why: "no whole answer within 200 ms" });
    expect(answers[39]).toEqual({
      ok: false,
      outcome: "timeout",
      why: "had no turn within 400 ms: the answers to other queries are too slow",
    });
  });

  it("ends all queries, and sends none, once the time that the caller has is over", async () => {
    let asked = 0;
    await using wire = await openWire(() => {
      asked += 1;
    });
    const until = AbortSignal.timeout(200);
    const prometheus = createPrometheusClient({ url: wire.url, auth: { kind: "none" }, intervalMs: GENEROUS_MS, until });
    const late = { ok: false, outcome: "timeout", why: "no whole answer in the time that was left" };
    expect(await Promise.all(Array.from({ length: 3 }, () => prometheus.query("x")))).toEqual([late, late, late]);
    expect(await prometheus.queryAside("x")).toEqual({ ok: false, outcome: "timeout", why: "no time was left to ask" });
    expect(asked).toBe(3);
  });

  it("starves no query of many windows, if each answer takes a quarter of the interval", async () => {
    await using wire = await openWire((_request, response) => void setTimeout(() => response.end(vector()), 250));
    const prometheus = client(wire, { kind: "none" }, 1_000);
    const fromMs = performance.now();
    // Six windows, each with five families.
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => prometheus.query(`q${i}`)));
    expect(answers.filter(({ ok }) => !ok)).toEqual([]);
    expect(performance.now() - fromMs).toBeLessThan(2_000);
  });

  it("lets one query that hangs cost only itself", async () => {
    await using wire = await openWire(async (request, response) => {
      if ((await bodyOf(request)).get("query") !== "hangs") setTimeout(() => response.end(vector()), 50);
    });
    const prometheus = client(wire, { kind: "none" }, 500);
    const answers = await Promise.all(
      ["hangs", ...Array.from({ length: 39 }, (_, i) => `q${i}`)].map((promql) => prometheus.query(promql)),
    );
    expect(answers.map(({ ok }) => ok)).toEqual([false, ...Array.from({ length: 39 }, () => true)]);
  });
});

describe("a query aside", () => {
  it.each([
    ['[1,"2.5"]', 2.5],
    ['[1,"+Inf"]', Number.POSITIVE_INFINITY],
    ['[1,"-Inf"]', Number.NEGATIVE_INFINITY],
    ['[1,"NaN"]', Number.NaN],
    ["[1,5]", Number.NaN],
    ['[1,""]', Number.NaN],
    ["5", Number.NaN],
  ])("accepts a scalar %s as a number", async (result, value) => {
    await using wire = await openWire(answering(`{"status":"success","data":{"resultType":"scalar","result":${result}}}`));
    expect(await client(wire).queryAside("5")).toEqual({ ok: true, partial: null, samples: [{ labels: {}, value }] });
  });

  it("takes no turn, and does not change whether Prometheus is up", async () => {
    let open = 0;
    await using wire = await openWire((_request, response) => {
      open += 1;
      if (open > 6) response.writeHead(400).end("no");
    });
    const prometheus = client(wire, { kind: "none" }, 1_000);
    const slow = Array.from({ length: 6 }, () => prometheus.queryAside("slow"));
    await expect.poll(() => open).toBe(6);
    expect(prometheus.up()).toBeNull();
    expect(await prometheus.query("x")).toMatchObject({ ok: false });
    expect(prometheus.up()).toBe(false);
    await Promise.all(slow);
    expect(prometheus.counts()).toEqual({ success: 0, partial: 0, error: 1, timeout: 6 });
  });
});

describe("bad answers", () => {
  it.each<[string, Listener, string]>([
    ["HTML with 200", answering("<html>sign in</html>"), "HTTP 200: the answer is not Prometheus's JSON: sign in"],
    ["HTML with 502", answering("<html><title>502 Bad Gateway</title>nginx</html>", 502), "HTTP 502: 502 Bad Gateway"],
    ["a text, as Mimir's without a tenant", answering("no org id\n", 401), "HTTP 401: no org id"],
    ["a cloud's JSON", answering('{"error":{"code":403,"message":"Permission denied","status":"X"}}', 403), "HTTP 403: Permission denied"],
    ["an error without a body", answering("", 503), "HTTP 503: Service Unavailable"],
    ["an empty body", answering(""), "HTTP 200: the answer is not Prometheus's JSON"],
    ["half a JSON", answering('{"status":"success","data":{'), "HTTP 200: the answer is not Prometheus's JSON"],
    ["403", answering("forbidden", 403), "HTTP 403"],
    ["401 in JSON", answering('{"status":"error","error":"who are you"}', 401), "HTTP 401: who are you"],
    ["a bad query", answering('{"status":"error","errorType":"bad_data","error":"parse error"}', 400), "HTTP 400: parse error"],
    [
      "a redirect to a login",
      (_request, response) => response.writeHead(302, { location: "https://sso.example/login?state=secret" }).end("<a>Found</a>"),
      "HTTP 302: redirected to https://sso.example/login, which is not followed",
    ],
    ["a redirect to nowhere", (_request, response) => response.writeHead(307).end(), "HTTP 307: Temporary Redirect"],
    [
      "a limit of Mimir",
      answering('{"status":"error","errorType":"execution","error":"the query exceeded the maximum number of series"}', 422),
      "HTTP 422: the query exceeded the maximum number of series",
    ],
    [
      "Mimir's haste",
      answering('{"status":"error","errorType":"too_many_requests","error":"too many outstanding requests"}', 429),
      "HTTP 429: too many outstanding requests",
    ],
    ["HTTP to an HTTPS port", answering("Client sent an HTTP request to an HTTPS server.\n", 400), "HTTP 400: Client sent an HTTP request"],
    ["204 and nothing", answering("", 204), "HTTP 204: the answer is not Prometheus's JSON"],
    ["two answers in one", answering(vector().repeat(2)), "HTTP 200: the answer is not Prometheus's JSON"],
    [
      "a broken gzip",
      (_request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(vector()).subarray(0, 20)),
      "HTTP 200: the answer is not Prometheus's JSON",
    ],
    [
      "a text that claims to be gzip",
      (_request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(vector()),
      "header",
    ],
    [
      "a small gzip of a huge text",
      (_request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("[".repeat(20_000_000))),
      "more than 1 MiB of the answer is no series",
    ],
    ["a matrix", answering('{"status":"success","data":{"resultType":"matrix","result":[]}}'), "matrix"],
    ["a scalar", answering('{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}'), "scalar"],
    ["a string", answering('{"status":"success","data":{"resultType":"string","result":[1,"1"]}}'), "string"],
    ["an unknown type", answering('{"status":"success","data":{"resultType":"tensor","result":[]}}'), "tensor"],
    ["an error with status 200", answering('{"status":"error","errorType":"internal","error":"boom"}'), "boom"],
    ["no data", answering('{"status":"success"}'), ""],
    ["a native histogram", answering(vector({ metric: {}, histogram: [1, {}] })), "native histograms"],
    ["null for a series", answering(vector(null)), ""],
    ["a result that is not a list", answering('{"status":"success","data":{"resultType":"vector","result":5}}'), "the result is no list"],
    ["null for the result", answering('{"status":"success","data":{"resultType":"vector","result":null}}'), "the result is no list"],
    ["a connection cut before the head", (_request, response) => response.destroy(), ""],
    [
      "a connection cut in the body",
      (_request, response) => {
        response.writeHead(200, { "content-length": "1000" }).write('{"status"');
        setTimeout(() => response.destroy(), 20);
      },
      "",
    ],
  ])("%s is an error with a short reason", async (_name, listener, why) => {
    await using wire = await openWire(listener);
    const answer = await client(wire).query("x");
    expect(answer).toEqual({ ok: false, outcome: "error", why: expect.stringContaining(why) });
    expect(answer.ok === false && answer.why.length > 0 && answer.why.length < 250).toBe(true);
  });

  it("a refused connection is an error", async () => {
    const answer = await createPrometheusClient({ url: "http://127.0.0.1:1", auth: { kind: "none" }, intervalMs: GENEROUS_MS }).query("x");
    expect(answer).toEqual({ ok: false, outcome: "error", why: expect.stringContaining("ECONNREFUSED") });
  });

  it("a query that Prometheus aborted is a timeout", async () => {
    await using wire = await openWire(answering('{"status":"error","errorType":"timeout","error":"query timed out"}', 503));
    expect(await client(wire).query("x")).toMatchObject({ ok: false, outcome: "timeout" });
  });

  it.each<[string, Listener]>([
    ["before the head", () => {}],
    ["in the body", (_request, response) => response.writeHead(200).write('{"status":')],
    [
      "drop by drop",
      (_request, response) => {
        const timer = setInterval(() => response.write(" "), 20);
        response.on("close", () => clearInterval(timer));
      },
    ],
  ])("hanging %s is a timeout", async (_name, listener) => {
    await using wire = await openWire(listener);
    expect(await client(wire, { kind: "none" }, 150).query("x")).toEqual({
      ok: false,
      outcome: "timeout",
      why: "no whole answer within 150 ms",
    });
  });

  it("300 000 series are too many", async () => {
    const result = Array.from({ length: 300_000 }, (_, i) => ({ metric: { i: String(i) }, value: [1, "1"] }));
    const text = JSON.stringify({ status: "success", data: { resultType: "vector", result } });
    await using wire = await openWire(answering(text));
    expect(await client(wire).query("x")).toMatchObject({ ok: false, outcome: "error", why: "the answer has more than 100000 series" });
  });

  it("an answer that is too long is not read to its end, and harms no other query", async () => {
    let closed = false;
    const line = Buffer.from(`${JSON.stringify({ metric: { authority: "a".repeat(500) }, value: [1, "1"] })},`.repeat(2000));
    await using wire = await openWire(async (request, response) => {
      if ((await bodyOf(request)).get("query") !== "huge") return response.end(vector());
      response.write('{"status":"success","data":{"resultType":"vector","result":[');
      const write = (): void => {
        while (!closed && response.write(line));
      };
      response.on("drain", write).on("close", () => {
        closed = true;
      });
      return write();
    });
    const prometheus = client(wire);
    const [huge, small] = await Promise.all(["huge", "small"].map((promql) => prometheus.query(promql)));
    expect(small).toMatchObject({ ok: true });
    expect(huge).toMatchObject({ ok: false, outcome: "error", why: "the answer is longer than 32 MiB" });
    await expect.poll(() => closed).toBe(true);
  });
});

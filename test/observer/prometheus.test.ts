import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPrometheusClient, type PrometheusAuth } from "../../src/observer/prometheus.ts";
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
      samples: [1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1000].map((value, i) => ({
        labels: { a: values[i] },
        value,
      })),
    });
  });

  it("tolerates warnings", async () => {
    await using wire = await openWire(answering(JSON.stringify({ ...JSON.parse(vector()), warnings: ["w"], infos: ["i"] })));
    expect(await client(wire).query("x")).toEqual({ ok: true, samples: [] });
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
    expect(prometheus.counts()).toEqual({ success: 1, error: 1, timeout: 0 });
    expect(told).toEqual(["success true", "error true"]);
  });

  it("runs few queries at once, and applies the time limit to those that wait, too", async () => {
    let open = 0;
    let most = 0;
    await using wire = await openWire(() => {
      open += 1;
      most = Math.max(most, open);
    });
    const prometheus = client(wire, { kind: "none" }, 200);
    const answers = await Promise.all(Array.from({ length: 20 }, () => prometheus.query("x")));
    expect(most).toBe(4);
    expect(prometheus.counts()).toEqual({ success: 0, error: 0, timeout: 20 });
    expect(answers[19]).toEqual({ ok: false, outcome: "timeout", why: "no whole answer within 200 ms" });
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
    expect(await client(wire).queryAside("5")).toEqual({ ok: true, samples: [{ labels: {}, value }] });
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
    expect(prometheus.counts()).toEqual({ success: 0, error: 1, timeout: 6 });
  });
});

describe("bad answers", () => {
  it.each<[string, Listener, string]>([
    ["HTML with 200", answering("<html>sign in</html>"), "HTTP 200: the answer is not Prometheus's JSON"],
    ["HTML with 502", answering("<html>bad gateway</html>", 502), "HTTP 502: the answer is not Prometheus's JSON"],
    ["an empty body", answering(""), "HTTP 200: the answer is not Prometheus's JSON"],
    ["half a JSON", answering('{"status":"success","data":{'), "HTTP 200: the answer is not Prometheus's JSON"],
    ["403", answering("forbidden", 403), "HTTP 403"],
    ["401 in JSON", answering('{"status":"error","error":"who are you"}', 401), "HTTP 401: who are you"],
    ["a bad query", answering('{"status":"error","errorType":"bad_data","error":"parse error"}', 400), "HTTP 400: parse error"],
    ["a redirect", (_request, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(), "HTTP 302"],
    ["a matrix", answering('{"status":"success","data":{"resultType":"matrix","result":[]}}'), "matrix"],
    ["a scalar", answering('{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}'), "scalar"],
    ["a string", answering('{"status":"success","data":{"resultType":"string","result":[1,"1"]}}'), "string"],
    ["an unknown type", answering('{"status":"success","data":{"resultType":"tensor","result":[]}}'), "tensor"],
    ["an error with status 200", answering('{"status":"error","errorType":"internal","error":"boom"}'), "boom"],
    ["no data", answering('{"status":"success"}'), ""],
    ["a native histogram", answering(vector({ metric: {}, histogram: [1, {}] })), "native histograms"],
    ["null for a series", answering(vector(null)), ""],
    ["a result that is not a list", answering('{"status":"success","data":{"resultType":"vector","result":5}}'), ""],
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

  it("200 000 series are too many", async () => {
    const result = Array.from({ length: 200_000 }, (_, i) => ({ metric: { i: String(i) }, value: [1, "1"] }));
    const text = JSON.stringify({ status: "success", data: { resultType: "vector", result } });
    await using wire = await openWire(answering(text));
    expect(await client(wire).query("x")).toMatchObject({ ok: false, outcome: "error", why: expect.stringContaining("200000 series") });
  });

  it("200 000 series with all their labels are too long, and the answer is not read to its end", async () => {
    let closed = false;
    const line = Buffer.from(`${JSON.stringify({ metric: { authority: "a".repeat(500) }, value: [1, "1"] })},`.repeat(2000));
    await using wire = await openWire((_request, response) => {
      response.write('{"status":"success","data":{"resultType":"vector","result":[');
      const write = (): void => {
        while (!closed && response.write(line));
      };
      response.on("drain", write).on("close", () => {
        closed = true;
      });
      write();
    });
    expect(await client(wire).query("x")).toMatchObject({ ok: false, outcome: "error", why: expect.stringContaining("maxContentLength") });
    await expect.poll(() => closed).toBe(true);
  });
});

describe("authentication", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "prometheus-auth-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("reads the bearer token anew when it changes", async () => {
    const seen: unknown[] = [];
    await using wire = await openWire((request, response) => {
      seen.push(request.headers.authorization);
      response.end(vector());
    });
    const tokenFile = path.join(folder, "token");
    const prometheus = client(wire, { kind: "bearer", tokenFile });
    writeFileSync(tokenFile, "one\n");
    await prometheus.query("x");
    writeFileSync(tokenFile, "two");
    await prometheus.query("x");
    expect(seen).toEqual(["Bearer one", "Bearer two"]);
  });

  it("sends user and password, which may contain anything except a line break", async () => {
    const seen: unknown[] = [];
    await using wire = await openWire((request, response) => {
      seen.push(Buffer.from((request.headers.authorization ?? "").slice("Basic ".length), "base64").toString());
      response.end(vector());
    });
    const passwordFile = path.join(folder, "password");
    writeFileSync(passwordFile, " pä:ss \n");
    await client(wire, { kind: "basic", username: "me", passwordFile }).query("x");
    expect(seen).toEqual(["me: pä:ss "]);
  });

  it("fails if the file is missing", async () => {
    await using wire = await openWire(answering(vector()));
    const tokenFile = path.join(folder, "token");
    expect(await client(wire, { kind: "bearer", tokenFile }).query("x")).toMatchObject({
      ok: false,
      outcome: "error",
      why: expect.stringContaining("ENOENT"),
    });
  });
});

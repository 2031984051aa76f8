import { once } from "node:events";
import { get as httpGet, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { type AdminServer, startAdminServer } from "../../src/admin/adminServer.ts";
import { createMetrics } from "../../src/admin/metrics.ts";
import type { Report } from "../../src/controller/report.ts";
import { parseExposition, valueOf } from "./exposition.ts";
import { NOW_MS, recorded, reportOf, shiftedRoute, WEB } from "./reports.ts";

const running: AdminServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function serve(report: Report | (() => Report), host = "127.0.0.1"): Promise<AdminServer> {
  const source = typeof report === "function" ? report : () => report;
  const server = await startAdminServer({ address: { host, port: 0 }, report: source, metrics: createMetrics(source) });
  running.push(server);
  return server;
}

interface Got {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
  readonly headers: Headers;
}

async function get(server: AdminServer, path: string, method = "GET"): Promise<Got> {
  const response = await fetch(server.url + path, { method });
  return { status: response.status, type: response.headers.get("content-type"), body: await response.text(), headers: response.headers };
}

/** Without the decompression of `fetch`. */
async function getAs(server: AdminServer, path: string, encoding: string) {
  const request = httpGet(server.url + path, { headers: { "accept-encoding": encoding } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const body = Buffer.concat(await response.toArray());
  return { headers: response.headers, body };
}

async function getJson(server: AdminServer, path: string): Promise<unknown> {
  return JSON.parse((await get(server, path)).body);
}

describe("probes", () => {
  const statuses = async (report: Report) => {
    const server = await serve(report);
    return Promise.all(["/livez", "/live", "/readyz", "/ready"].map(async (path) => (await get(server, path)).status));
  };

  it("are ok while ticks run", async () => {
    expect(await statuses(reportOf([]))).toEqual([200, 200, 200, 200]);
  });

  it("are alive and not ready while the API server is down at the start", async () => {
    expect(await statuses(reportOf([], { lastTickMs: null, cachesFilled: false }))).toEqual([200, 200, 503, 503]);
  });

  it("are ready on a replica that does not lead", async () => {
    expect(await statuses(reportOf([], { leader: false }))).toEqual([200, 200, 200, 200]);
  });

  it("are not alive after six intervals without a tick", async () => {
    expect(await statuses(reportOf([], { lastTickMs: NOW_MS - 29_999 }))).toEqual([200, 200, 200, 200]);
    expect(await statuses(reportOf([], { lastTickMs: NOW_MS - 30_000 }))).toEqual([503, 503, 200, 200]);
  });

  it("have the reason", async () => {
    const server = await serve(reportOf([], { lastTickMs: NOW_MS - 40_000, cachesFilled: false }));
    expect(await getJson(server, "/livez")).toEqual({ error: "the last tick was 40 s ago" });
    expect(await getJson(server, "/readyz")).toEqual({ error: "the caches are not filled" });
  });
});

describe("the API", () => {
  it("has all routes", async () => {
    const server = await serve(reportOf([shiftedRoute(WEB, { problems: [{ problem: "unknown-pin", text: "no such backend" }] })]));
    const { status, type, body } = await get(server, "/api/routes");
    expect([status, type]).toEqual([200, "application/json; charset=utf-8"]);
    expect(JSON.parse(body)).toEqual([
      {
        kind: "TrafficSplit",
        namespace: "shop",
        name: "web",
        rule: "default",
        primary: "web",
        shifted: true,
        severity: "shifted",
        degraded: false,
        frozen: false,
        pinned: null,
        problems: [{ problem: "unknown-pin", text: "no such backend" }],
        splits: [
          {
            name: "0",
            backends: [
              {
                backend: "web",
                weight: 0,
                baseline: 100,
                phase: "out",
                since: "2025-06-01T11:59:30.000Z",
                verdict: "unknown",
                readings: { successRate: { state: "missing" } },
                reasons: [
                  { kind: "removed", cause: "successRate", text: "removed because of successRate" },
                  {
                    kind: "waiting",
                    for: "recoverAfter",
                    condition: "good",
                    leftMs: 30_000,
                    relapses: 1,
                    text: expect.stringContaining("30s"),
                  },
                ],
              },
              {
                backend: "east",
                weight: 100,
                baseline: 0,
                phase: "serving",
                since: "2025-06-01T11:59:00.000Z",
                verdict: "fit",
                readings: { readiness: { state: "value", good: 2, total: 2 }, successRate: { state: "value", good: 99, total: 100 } },
                reasons: [{ kind: "ready", ready: 2, minReady: 1, text: "readiness: 2 ready" }],
              },
            ],
          },
        ],
      },
    ]);
  });

  it("has the reasons of the whole route with each backend, and no health without a rule", async () => {
    const frozen = { backend: null, reason: { kind: "brake", brake: "frozen" } } as const;
    const server = await serve(reportOf([shiftedRoute(WEB, { rule: null, backends: new Map(), reasons: [frozen] })]));
    const [route] = (await getJson(server, "/api/routes")) as [{ rule: unknown; splits: [{ backends: Record<string, unknown>[] }] }];
    expect(route.rule).toBeNull();
    for (const backend of route.splits[0].backends) {
      expect(backend).toMatchObject({
        phase: null,
        since: null,
        verdict: "unknown",
        readings: {},
        reasons: [{ kind: "brake", brake: "frozen" }],
      });
    }
  });

  it("has one route with its last decisions", async () => {
    const other = { ...WEB, name: "other" };
    const decisions = [recorded(NOW_MS, undefined, other), ...Array.from({ length: 60 }, (_, i) => recorded(NOW_MS - i * 1_000))];
    const server = await serve(reportOf([shiftedRoute()], { decisions }));
    const route = (await getJson(server, "/api/routes/TrafficSplit/shop/web")) as { name: string; outlook: unknown; decisions: unknown[] };
    expect(route.name).toBe("web");
    expect(route.outlook).toEqual({
      web: [expect.stringMatching(/^begins to return when it has been good for another 30s: /)],
      east: [
        expect.stringMatching(/^gives its traffic back /),
        "is removed at once with no endpoint ready",
        expect.stringMatching(/^is removed when less than 90% of its requests succeed/),
      ],
    });
    expect(route.decisions).toHaveLength(50);
    expect(route.decisions[0]).toEqual({
      at: "2025-06-01T12:00:00.000Z",
      kind: "TrafficSplit",
      namespace: "shop",
      name: "web",
      split: "0",
      before: { web: 100, east: 0 },
      after: { web: 0, east: 100 },
      direction: "failover",
      cause: "successRate",
      reasons: [
        { backend: "web", kind: "removed", cause: "successRate", text: "removed because of successRate" },
        { backend: null, kind: "pinned", until: "2025-06-01T12:00:00.000Z", text: expect.stringContaining("pinned") },
      ],
      outcome: "written",
    });
  });

  it("accepts kinds with a dot, and names that need encoding", async () => {
    const server = await serve(reportOf([shiftedRoute({ kind: "HTTPRoute.policy.linkerd.io", namespace: "shop", name: "a b" })]));
    expect((await get(server, "/api/routes/HTTPRoute.policy.linkerd.io/shop/a%20b")).status).toBe(200);
  });

  it("has no unmanaged routes", async () => {
    const server = await serve(reportOf([shiftedRoute()]));
    for (const path of ["TrafficSplit/shop/nope", "trafficsplit/shop/web", "TrafficSplit/prod/web", "__proto__/x/y", "%2e%2e/x/y"]) {
      const { status, body } = await get(server, `/api/routes/${path}`);
      expect(status).toBe(404);
      expect(Object.keys(JSON.parse(body))).toEqual(["error"]);
    }
  });

  it("has the records of a route's decisions as they were written", async () => {
    const recordsOf = (key: string) => (key === "TrafficSplit/shop/web" ? ['{"n":2}', '{"n":1}'] : []);
    const server = await serve(reportOf([], { recordsOf }));
    expect(await getJson(server, "/api/records/TrafficSplit/shop/web")).toEqual({ records: [{ n: 2 }, { n: 1 }] });
    expect(await getJson(server, "/api/records/TrafficSplit/shop/other")).toEqual({ records: [] });
  });

  it("has the newest decisions first, up to the limit", async () => {
    const decisions = Array.from({ length: 150 }, (_, i) => recorded(NOW_MS - i * 1_000));
    const server = await serve(reportOf([], { decisions }));
    expect(await getJson(server, "/api/decisions")).toHaveLength(100);
    expect(await getJson(server, "/api/decisions?limit=1000")).toHaveLength(150);
    expect(await getJson(server, `/api/decisions?limit=${"9".repeat(400)}`)).toHaveLength(150);
    const two = (await getJson(server, "/api/decisions?limit=2")) as { at: string }[];
    expect(two.map(({ at }) => at)).toEqual(["2025-06-01T12:00:00.000Z", "2025-06-01T11:59:59.000Z"]);
  });

  it("has the outcome of a decision", async () => {
    const outcomes = [{ outcome: "conflict" }, { outcome: "failed", error: "forbidden" }, { outcome: "dryRun" }] as const;
    const server = await serve(reportOf([], { decisions: outcomes.map((outcome) => recorded(NOW_MS, outcome)) }));
    const told = (await getJson(server, "/api/decisions")) as { outcome: string; error?: string }[];
    expect(told.map(({ outcome, error }) => [outcome, error])).toEqual([
      ["conflict", undefined],
      ["failed", "forbidden"],
      ["dryRun", undefined],
    ]);
  });

  it.each(["0", "-1", "1.5", "x", "", "1e3", "0x10", "1&limit=2"])("refuses limit=%s", async (limit) => {
    const { status, body } = await get(await serve(reportOf([])), `/api/decisions?limit=${limit}`);
    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({ error: expect.stringContaining("limit") });
  });
});

describe("the server", () => {
  const PATHS = ["/", "/livez", "/metrics", "/api/routes", "/api/routes/TrafficSplit/shop/web", "/api/decisions"];

  it("answers HEAD as GET, without a body", async () => {
    const server = await serve(reportOf([shiftedRoute()]));
    for (const path of PATHS) {
      const head = await get(server, path, "HEAD");
      const full = await get(server, path);
      expect([head.status, head.type, head.body]).toEqual([full.status, full.type, ""]);
      expect(full.status).toBe(200);
    }
  });

  it.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])("refuses %s for every path", async (method) => {
    const server = await serve(reportOf([shiftedRoute()]));
    for (const path of PATHS) {
      const { status, headers, body } = await get(server, path, method);
      expect([status, headers.get("allow")]).toEqual([405, "GET, HEAD"]);
      expect(JSON.parse(body)).toHaveProperty("error");
    }
  });

  it.each(["/nope", "/api", "/api/routes/", "/LIVEZ", "/api/routes/TrafficSplit/shop", "/metrics/x", "/..%2f..%2fetc/passwd"])(
    "does not know %s",
    async (path) => {
      const { status, body, type } = await get(await serve(reportOf([])), path);
      expect([status, type]).toEqual([404, "application/json; charset=utf-8"]);
      expect(JSON.parse(body)).toHaveProperty("error");
    },
  );

  it("refuses a path that is not properly encoded", async () => {
    const { status, body } = await get(await serve(reportOf([])), "/api/routes/%zz/a/b");
    expect(status).toBe(400);
    expect(JSON.parse(body)).toHaveProperty("error");
  });

  it("hides the details of internal errors", async () => {
    let broken = false;
    const server = await serve(() => {
      if (broken) throw new Error("secret");
      return reportOf([]);
    });
    broken = true;
    const { status, body } = await get(server, "/api/routes");
    expect([status, JSON.parse(body)]).toEqual([500, { error: "internal error" }]);
    broken = false;
    expect((await get(server, "/livez")).status).toBe(200);
  });

  it("does not reveal its framework, and forbids caching and frames", async () => {
    const { headers } = await get(await serve(reportOf([])), "/");
    expect(headers.get("x-powered-by")).toBeNull();
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  it.each(["/metrics", "/api/routes"])("compresses %s for those who want it, and for nobody else", async (path) => {
    const server = await serve(reportOf([shiftedRoute()]));
    const read = async (encoding: string) => {
      const { headers, body } = await getAs(server, path, encoding);
      return { encoding: headers["content-encoding"], length: Number(headers["content-length"]), vary: headers["vary"], body };
    };
    const packed = await read("gzip");
    const plain = await read("identity");
    expect(packed).toMatchObject({ encoding: "gzip", length: packed.body.length, vary: "accept-encoding" });
    expect(plain).toMatchObject({ encoding: undefined, length: plain.body.length, vary: "accept-encoding" });
    const [text, unpacked] = [plain.body, gunzipSync(packed.body)].map(String);
    const withoutValues = (all: string | undefined) => all?.replaceAll(/ \S+$/gm, "");
    expect(withoutValues(unpacked)).toBe(withoutValues(text));
  });

  it("serves metrics in Prometheus's format", async () => {
    const { type, body } = await get(await serve(reportOf([shiftedRoute()])), "/metrics");
    expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(valueOf(parseExposition(body), "linkerd_failover_leader")).toBe(1);
  });

  it("rejects if the address is in use", async () => {
    const { port } = new URL((await serve(reportOf([]))).url);
    const second = startAdminServer({
      address: { host: "127.0.0.1", port: Number(port) },
      report: () => reportOf([]),
      metrics: createMetrics(() => reportOf([])),
    });
    await expect(second).rejects.toThrow("EADDRINUSE");
  });

  it("stops despite an open connection, and frees the port", async () => {
    const server = await serve(reportOf([]));
    const { hostname, port } = new URL(server.url);
    const visitor = connect(Number(port), hostname);
    visitor.on("error", () => undefined);
    await new Promise((resolve) => visitor.once("connect", resolve));
    visitor.write("GET /livez HTTP/1.1\r\nHost: x\r\n");
    const closed = new Promise((resolve) => visitor.once("close", resolve));
    await server.stop();
    await closed;
    running.splice(0);
    const next = await startAdminServer({
      address: { host: hostname, port: Number(port) },
      report: () => reportOf([]),
      metrics: createMetrics(() => reportOf([])),
    });
    running.push(next);
    expect((await get(next, "/livez")).status).toBe(200);
  });
});

describe("the page", () => {
  it.each([
    ["/page.js", "text/javascript; charset=utf-8", "linkerd-failover"],
    ["/page.css", "text/css; charset=utf-8", "prefers-reduced-motion"],
  ])("%s is sent compressed and plain", async (path, type, part) => {
    const server = await serve(reportOf([]));
    const packed = await fetch(server.url + path);
    const plain = await fetch(server.url + path, { headers: { "accept-encoding": "identity" } });
    expect([packed.headers.get("content-encoding"), plain.headers.get("content-encoding")]).toEqual(["gzip", null]);
    expect([packed.headers.get("content-type"), packed.headers.get("vary")?.toLowerCase()]).toEqual([type, "accept-encoding"]);
    const text = await plain.text();
    expect(text).toContain(part);
    expect(await packed.text()).toBe(text);
  });

  it("has the history of a route, and refuses a time that is none", async () => {
    const server = await serve(reportOf([shiftedRoute()]));
    expect(await getJson(server, "/api/history/TrafficSplit/shop/web")).toEqual({ nowMs: NOW_MS, backends: {} });
    expect((await get(server, "/api/history/TrafficSplit/shop/web?since=-1")).status).toBe(400);
    expect((await get(server, "/api/history/TrafficSplit/shop/nope")).status).toBe(404);
    expect((await get(server, "/api/feed?since=1&since=2")).status).toBe(400);
  });
});
